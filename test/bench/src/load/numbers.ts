/** Pseudo-random numbers from a seed: cheap, and the same for both sides. */
export interface Numbers {
  /** 32 bits. */
  next(): number;
  below(limit: number): number;
  bytes(length: number): Buffer;
}

export function createNumbers(seed: number): Numbers {
  let state = seed | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return {
    next,
    below: (limit) => next() % limit,
    bytes: (length) => Buffer.from(Array.from({ length }, () => next() >>> 24)),
  };
}
