import type { Bytes } from '@trireme/base';
import { SpdyError } from './spdy-error.ts';

/** Reads bits as deflate packs them: from the lowest bit of each byte on. */
export interface BitReader {
  readonly atEnd: boolean;
  bits(count: number): number;
  /** Skips to the next whole byte and takes `count` of them. */
  bytes(count: number): Bytes;
}

export function createBitReader(input: Bytes): BitReader {
  let at = 0;
  let held = 0;
  let heldBits = 0;

  const take = (): number => {
    const byte = input[at++];
    if (byte === undefined) throw new SpdyError('a header block ends in the middle of its compressed data');
    return byte;
  };
  return {
    get atEnd() {
      return at >= input.length && heldBits === 0;
    },
    bits(count) {
      while (heldBits < count) {
        held |= take() << heldBits;
        heldBits += 8;
      }
      const value = held & ((1 << count) - 1);
      held >>>= count;
      heldBits -= count;
      return value;
    },
    bytes(count) {
      held = 0;
      heldBits = 0;
      if (at + count > input.length) throw new SpdyError('a header block ends in the middle of its compressed data');
      at += count;
      return input.subarray(at - count, at);
    },
  };
}
