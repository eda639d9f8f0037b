/**
 * Lowe's memory of the search: pairs of a set of operations already placed and the state they led to. A pair seen once
 * leads nowhere new. Hashes only find the candidates; sets are compared whole, so a collision cannot cost a verdict.
 * Lowe, "Testing for linearizability", 2017, section 3.2.
 */
export interface SeenSet {
  /** Flips the membership of `index` in the current set. */
  flip(index: number): void;
  /** Remembers the current set, with `index` in it, together with `state`; false when it was there already. */
  add(index: number, state: string): boolean;
}

interface Seen {
  readonly words: Uint32Array;
  readonly state: number;
}

export function createSeenSet(size: number): SeenSet {
  const words = new Uint32Array((size + 31) >>> 5);
  const states = new Map<string, number>();
  const buckets = new Map<number, Seen[]>();
  let hash = 0;
  const flip = (index: number): void => {
    const word = index >>> 5;
    words[word] = ((words[word] as number) ^ (1 << (index & 31))) >>> 0;
    hash ^= scramble(index);
  };
  const internState = (state: string): number => {
    const known = states.get(state);
    if (known !== undefined) return known;
    states.set(state, states.size);
    return states.size - 1;
  };
  const addCurrent = (state: number): boolean => {
    const slot = hash ^ scramble(~state);
    const bucket = buckets.get(slot);
    if (bucket?.some((seen) => seen.state === state && equalWords(seen.words, words))) return false;
    const seen = { words: words.slice(), state };
    if (bucket) bucket.push(seen);
    else buckets.set(slot, [seen]);
    return true;
  };
  return {
    flip,
    add(index, state) {
      flip(index);
      const added = addCurrent(internState(state));
      flip(index);
      return added;
    },
  };
}

function equalWords(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The finalizer of splitmix32: neighbours get unrelated numbers. */
function scramble(index: number): number {
  let z = (Math.imul(index, 0x9e3779b9) + 0x85ebca6b) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}
