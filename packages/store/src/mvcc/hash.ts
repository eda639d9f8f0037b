/** Takes one word in (the round of MurmurHash3). */
export function mixWord(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  let h = hash ^ Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

/** Spreads what was taken in over all bits; a signed 32-bit number. */
export function finishHash(hash: number, length: number): number {
  let h = hash ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A signed 32-bit hash of [from, to), four bytes a step. Finds damage, and is not made against people who mean harm. */
export function hashBytes(view: DataView, from: number, to: number, seed: number): number {
  let hash = seed;
  let at = from;
  for (const last = to - 3; at < last; at += 4) {
    let k = Math.imul(view.getInt32(at, true), 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    hash ^= Math.imul(k, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let shift = 0; at < to; at++, shift += 8) rest |= view.getUint8(at) << shift;
  return finishHash(mixWord(hash, rest), to - from);
}
