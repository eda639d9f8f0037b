import type { BitReader } from './bit-reader.ts';
import { SpdyError } from './spdy-error.ts';

const longestCode = 15;

/** A canonical Huffman code (RFC 1951 section 3.2.2): how many codes have each length, and their symbols in order. */
export interface HuffmanCode {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/** `lengths[symbol]` is the length of the symbol's code in bits; 0 for a symbol that has none. */
export function huffmanCode(lengths: readonly number[]): HuffmanCode {
  const counts = new Uint16Array(longestCode + 1);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  counts[0] = 0;
  let free = 1;
  for (let length = 1; length <= longestCode; length++) {
    free = free * 2 - (counts[length] ?? 0);
    if (free < 0) throw new SpdyError('a header block has a Huffman code with more words than there is room for');
  }
  const starts = new Uint16Array(longestCode + 2);
  for (let length = 1; length <= longestCode; length++) {
    starts[length + 1] = (starts[length] ?? 0) + (counts[length] ?? 0);
  }
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    const place = starts[length] ?? 0;
    symbols[place] = symbol;
    starts[length] = place + 1;
  });
  return { counts, symbols };
}

/** Reads one symbol, bit by bit: header blocks are far too short for tables to pay. */
export function readSymbol(code: HuffmanCode, reader: BitReader): number {
  let word = 0;
  let first = 0;
  let index = 0;
  for (let length = 1; length <= longestCode; length++) {
    word |= reader.bits(1);
    const count = code.counts[length] ?? 0;
    if (word - first < count) return code.symbols[index + word - first] ?? 0;
    index += count;
    first = (first + count) << 1;
    word <<= 1;
  }
  throw new SpdyError('a header block has a word that is not in its Huffman code');
}
