/** Which pages of a database were seen: one bit each. */
export interface PageSet {
  /** False where it was there already. */
  add(page: number): boolean;
  has(page: number): boolean;
}

export function createPageSet(endPage: number): PageSet {
  const bits = new Uint8Array(Math.ceil(endPage / 8));
  const has = (page: number): boolean => (((bits[page >>> 3] as number) >>> (page & 7)) & 1) === 1;
  return {
    has,
    add(page) {
      if (has(page)) return false;
      bits[page >>> 3] = (bits[page >>> 3] as number) | (1 << (page & 7));
      return true;
    },
  };
}
