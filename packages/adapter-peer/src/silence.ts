/**
 * Tells when a peer that is spoken to does not let itself be heard. It counts looks at even intervals and no time: a process
 * that was held itself has looked once meanwhile, and does not take that for the other's silence.
 */
export interface Silence {
  spoke(): void;
  heard(): void;
  /** True with the last of `mostLooks` at which something had been said and nothing heard since. Then it begins anew. */
  look(): boolean;
  /** Looks at a silence so far. */
  readonly looks: number;
}

export function createSilence(mostLooks: number): Silence {
  let spoken = false;
  let looks = 0;
  const end = (): void => {
    spoken = false;
    looks = 0;
  };
  return {
    spoke() {
      spoken = true;
    },
    heard: end,
    look() {
      if (spoken) looks += 1;
      const isLong = looks >= mostLooks;
      if (isLong) end();
      return isLong;
    },
    get looks() {
      return looks;
    },
  };
}
