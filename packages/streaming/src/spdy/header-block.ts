import { type Bytes, concatBytes, fromUtf8, utf8 } from '@trireme/base';
import { headerDictionary, headerDictionaryId } from './dictionary.ts';
import { createInflater } from './inflate.ts';
import { SpdyError } from './spdy-error.ts';
import { createStoredDeflater } from './stored-deflate.ts';

/** Names in lower case; several values of one name are joined by a NUL, as the wire has them. */
export type SpdyHeaders = ReadonlyMap<string, string>;

const limitBytes = 64 * 1024;

/** Header blocks of one direction of one connection. Blocks must be written, and read, in the order of the wire. */
export function createHeaderWriter(): (headers: SpdyHeaders) => Bytes {
  const deflater = createStoredDeflater(headerDictionaryId);
  return (headers) => deflater.deflate(formatHeaders(headers));
}

export function createHeaderReader(): (block: Bytes) => SpdyHeaders {
  const inflater = createInflater({ dictionary: headerDictionary, dictionaryId: headerDictionaryId, limitBytes });
  return (block) => parseHeaders(inflater.inflate(block));
}

function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function formatHeaders(headers: SpdyHeaders): Bytes {
  const texts = [...headers].flatMap(([name, value]) => [utf8(name.toLowerCase()), utf8(value)]);
  return concatBytes([uint32(headers.size), ...texts.flatMap((text) => [uint32(text.length), text])]);
}

function parseHeaders(block: Bytes): SpdyHeaders {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  let at = 0;
  const number = (): number => {
    if (at + 4 > block.length) throw new SpdyError('a header block is shorter than it says');
    at += 4;
    return view.getUint32(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (at + length > block.length) throw new SpdyError('a header block is shorter than it says');
    at += length;
    return fromUtf8(block.subarray(at - length, at));
  };
  const headers = new Map<string, string>();
  for (let left = number(); left > 0; left--) {
    const name = text().toLowerCase();
    if (name === '' || headers.has(name)) throw new SpdyError(`a header block has the name "${name}" empty or twice`);
    headers.set(name, text());
  }
  if (at !== block.length) throw new SpdyError('a header block is longer than it says');
  return headers;
}
