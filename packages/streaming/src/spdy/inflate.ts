import type { Bytes } from '@trireme/base';
import { type BitReader, createBitReader } from './bit-reader.ts';
import { type HuffmanCode, huffmanCode, readSymbol } from './huffman.ts';
import { SpdyError } from './spdy-error.ts';

/**
 * Decompresses the header blocks of one connection: a zlib stream (RFC 1950, RFC 1951) that is flushed to a whole byte
 * after each block, so that every block is decoded at once and only the last 32 KiB of output are kept between blocks.
 */
export interface Inflater {
  inflate(block: Bytes): Bytes;
}

export interface InflaterOptions {
  readonly dictionary: Bytes;
  readonly dictionaryId: number;
  /** A block that grows beyond this is refused: a few bytes may stand for megabytes. */
  readonly limitBytes: number;
}

const windowBytes = 32 * 1024;

export function createInflater(options: InflaterOptions): Inflater {
  let history: Bytes = options.dictionary;
  let started = false;
  return {
    inflate(block) {
      if (block.length === 0) return block;
      const reader = createBitReader(block);
      if (!started) readZlibHeader(reader, options.dictionaryId);
      started = true;
      const output = createOutput(history, options.limitBytes);
      while (!reader.atEnd) readBlock(reader, output);
      history = output.history();
      return output.written();
    },
  };
}

function readZlibHeader(reader: BitReader, dictionaryId: number): void {
  const [method = 0, flags = 0] = reader.bytes(2);
  const wellFormed = (method & 15) === 8 && (method * 256 + flags) % 31 === 0;
  if (!wellFormed || (flags & 0x20) === 0)
    throw new SpdyError('the header compression does not begin as SPDY/3 has it');
  const [a = 0, b = 0, c = 0, d = 0] = reader.bytes(4);
  const id = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  if (id !== dictionaryId)
    throw new SpdyError('the header compression uses a dictionary that is not the one of SPDY/3');
}

interface Output {
  put(byte: number): void;
  append(bytes: Bytes): void;
  repeat(distance: number, length: number): void;
  written(): Bytes;
  history(): Bytes;
}

function createOutput(history: Bytes, limitBytes: number): Output {
  let buffer = new Uint8Array(history.length + 1024);
  buffer.set(history);
  let size = history.length;

  const reserve = (more: number): void => {
    if (size + more - history.length > limitBytes) {
      throw new SpdyError(`a header block is larger than ${limitBytes} bytes once it is decompressed`);
    }
    if (size + more <= buffer.length) return;
    const larger = new Uint8Array(Math.max(buffer.length * 2, size + more));
    larger.set(buffer);
    buffer = larger;
  };
  return {
    put(byte) {
      reserve(1);
      buffer[size++] = byte;
    },
    append(bytes) {
      reserve(bytes.length);
      buffer.set(bytes, size);
      size += bytes.length;
    },
    repeat(distance, length) {
      if (distance > size) throw new SpdyError('a header block refers to bytes from before its beginning');
      reserve(length);
      // Byte by byte, since what is copied may be what this copy has just written.
      for (let i = 0; i < length; i++, size++) buffer[size] = buffer[size - distance] as number;
    },
    written: () => buffer.slice(history.length, size),
    history: () => buffer.slice(Math.max(0, size - windowBytes), size),
  };
}

function readBlock(reader: BitReader, output: Output): void {
  const last = reader.bits(1) === 1;
  const kind = reader.bits(2);
  if (last || kind === 3) throw new SpdyError('the header compression ends before the connection does');
  if (kind === 0) readStored(reader, output);
  else if (kind === 1) readCompressed(reader, output, fixedLiterals, fixedDistances);
  else readCompressed(reader, output, ...readCodes(reader));
}

function readStored(reader: BitReader, output: Output): void {
  const [low = 0, high = 0, notLow = 0, notHigh = 0] = reader.bytes(4);
  if ((low ^ notLow) !== 255 || (high ^ notHigh) !== 255)
    throw new SpdyError('a header block contradicts its own length');
  output.append(reader.bytes(low | (high << 8)));
}

const lengthBases = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const lengthExtraBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const distanceBases = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const distanceExtraBits = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const endOfBlock = 256;

const repeated = (value: number, count: number): number[] => Array.from({ length: count }, () => value);
const fixedLiterals = huffmanCode([...repeated(8, 144), ...repeated(9, 112), ...repeated(7, 24), ...repeated(8, 8)]);
const fixedDistances = huffmanCode(repeated(5, 30));

function readCompressed(reader: BitReader, output: Output, literals: HuffmanCode, distances: HuffmanCode): void {
  for (;;) {
    const symbol = readSymbol(literals, reader);
    if (symbol === endOfBlock) return;
    if (symbol < endOfBlock) {
      output.put(symbol);
      continue;
    }
    const length = extended(reader, lengthBases, lengthExtraBits, symbol - 257);
    output.repeat(extended(reader, distanceBases, distanceExtraBits, readSymbol(distances, reader)), length);
  }
}

function extended(reader: BitReader, bases: readonly number[], extraBits: readonly number[], symbol: number): number {
  const base = bases[symbol];
  if (base === undefined) throw new SpdyError('a header block has a length or distance that deflate does not know');
  return base + reader.bits(extraBits[symbol] ?? 0);
}

const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The two codes of a block that brings its own (RFC 1951 section 3.2.7). */
function readCodes(reader: BitReader): readonly [HuffmanCode, HuffmanCode] {
  const literalCount = reader.bits(5) + 257;
  const distanceCount = reader.bits(5) + 1;
  const lengthCount = reader.bits(4) + 4;
  const ofLengths = repeated(0, 19);
  for (const symbol of lengthOrder.slice(0, lengthCount)) ofLengths[symbol] = reader.bits(3);
  const code = huffmanCode(ofLengths);
  const lengths: number[] = [];
  while (lengths.length < literalCount + distanceCount) {
    const symbol = readSymbol(code, reader);
    if (symbol < 16) lengths.push(symbol);
    else if (symbol === 16) lengths.push(...repeated(lengths.at(-1) ?? 0, 3 + reader.bits(2)));
    else lengths.push(...repeated(0, symbol === 17 ? 3 + reader.bits(3) : 11 + reader.bits(7)));
  }
  return [
    huffmanCode(lengths.slice(0, literalCount)),
    huffmanCode(lengths.slice(literalCount, literalCount + distanceCount)),
  ];
}
