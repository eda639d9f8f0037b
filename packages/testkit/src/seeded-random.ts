import type { Random } from '@trireme/ports';

/** A repeatable source: the same seed gives the same numbers. Adds choices that simulations need. */
export interface SeededRandom extends Random {
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A source of its own, so that drawing from one part of a simulation does not shift another. */
  fork(): SeededRandom;
}

/** The generator is xoshiro128** seeded through splitmix32. https://prng.di.unimi.it/ */
export function createSeededRandom(seed: number): SeededRandom {
  let mix = seed >>> 0;
  const splitmix = (): number => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let a = splitmix();
  let b = splitmix();
  let c = splitmix();
  let d = splitmix();
  const rotate = (x: number, k: number): number => ((x << k) | (x >>> (32 - k))) >>> 0;
  const uint32 = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5) >>> 0, 7), 9) >>> 0;
    const t = (b << 9) >>> 0;
    c = (c ^ a) >>> 0;
    d = (d ^ b) >>> 0;
    b = (b ^ c) >>> 0;
    a = (a ^ d) >>> 0;
    c = (c ^ t) >>> 0;
    d = rotate(d, 11);
    return result;
  };
  const float = (): number => uint32() / 0x1_0000_0000;
  const below = (bound: number): number => Math.floor(float() * bound);
  return {
    float,
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = uint32() & 255;
      return bytes;
    },
    below,
    chance: (probability) => float() < probability,
    pick: (items) => {
      if (items.length === 0) throw new Error('pick needs at least one item');
      return items[below(items.length)] as (typeof items)[number];
    },
    fork: () => createSeededRandom(uint32()),
  };
}
