import { type Bytes, concatBytes } from '@trireme/base';

/**
 * Writes the header blocks of one connection as a zlib stream that compresses nothing. Streams of remote commands carry
 * one or two short headers, and replies none: that is not worth a compressor, and every decompressor reads it.
 */
export interface Deflater {
  deflate(block: Bytes): Bytes;
}

const longestStored = 0xffff;
/** An empty block is what zlib's sync flush ends with; readers give their output on when they see it. */
const flush = new Uint8Array([0, 0, 0, 0xff, 0xff]);

export function createStoredDeflater(dictionaryId: number): Deflater {
  let started = false;
  return {
    deflate(block) {
      const parts: Bytes[] = [];
      if (!started) {
        const header = new Uint8Array([0x78, 0x20, 0, 0, 0, 0]);
        new DataView(header.buffer).setUint32(2, dictionaryId);
        parts.push(header);
      }
      started = true;
      for (let at = 0; at < block.length; at += longestStored) {
        const part = block.subarray(at, at + longestStored);
        const low = part.length & 255;
        const high = part.length >> 8;
        parts.push(new Uint8Array([0, low, high, low ^ 255, high ^ 255]), part);
      }
      parts.push(flush);
      return concatBytes(parts);
    },
  };
}
