import { randomBytes } from 'node:crypto';
import type { Random } from '@trireme/ports';

/** Randomness of the operating system, fit for secrets. */
export function createSystemRandom(): Random {
  return {
    float: () => randomBytes(4).readUInt32LE() / 0x1_0000_0000,
    bytes: (length) => new Uint8Array(randomBytes(length)),
  };
}
