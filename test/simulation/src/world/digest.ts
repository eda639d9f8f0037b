/** A running hash of what happened, to tell whether two runs were the same. */
export interface Digest {
  mix(word: number): void;
  mixText(text: string): void;
  readonly value: string;
}

export function createDigest(): Digest {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  const mix = (word: number): void => {
    low = Math.imul(low ^ (word | 0), 2654435761);
    low ^= low >>> 15;
    high = Math.imul(high ^ (word | 0) ^ low, 1597334677);
    high ^= high >>> 13;
  };
  return {
    mix,
    mixText(text) {
      for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i));
    },
    get value() {
      return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
    },
  };
}
