import { decodeHuffman } from './huffman.ts';

/** RFC 7541, appendix A. */
const staticTable: readonly (readonly [name: string, value: string])[] = (
  ':authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|:status 204|' +
  ':status 206|:status 304|:status 400|:status 404|:status 500|accept-charset|accept-encoding gzip, deflate|' +
  'accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|' +
  'content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|' +
  'cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|' +
  'last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|' +
  'server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate'
)
  .split('|')
  .map((entry) => {
    const space = entry.indexOf(' ');
    return space < 0 ? ([entry, ''] as const) : ([entry.slice(0, space), entry.slice(space + 1)] as const);
  });

/**
 * The headers of a call, as literals that neither side has to remember: the same bytes for every call of a method, with no
 * state that two calls could share.
 */
export function encodeRequestHeaders(request: {
  readonly path: string;
  readonly authority: string;
  readonly scheme: 'http' | 'https';
}): Buffer {
  const headers: readonly (readonly [name: string, value: string])[] = [
    [':method', 'POST'],
    [':scheme', request.scheme],
    [':path', request.path],
    [':authority', request.authority],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ];
  return Buffer.concat(headers.map(([name, value]) => encodeHeader(name, value)));
}

export function encodeHeader(name: string, value: string): Buffer {
  const whole = staticTable.findIndex(([knownName, knownValue]) => knownName === name && knownValue === value);
  if (whole >= 0) return Buffer.from(encodeInteger(whole + 1, 7, 0x80));
  const named = staticTable.findIndex(([known]) => known === name);
  return Buffer.concat([
    Buffer.from(encodeInteger(named + 1, 4, 0)),
    named >= 0 ? Buffer.alloc(0) : encodeText(name),
    encodeText(value),
  ]);
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.from(encodeInteger(bytes.length, 7, 0)), bytes]);
}

/** RFC 7541, 5.1: `bits` of the first octet, whose upper bits are `pattern`. */
function encodeInteger(value: number, bits: number, pattern: number): number[] {
  const limit = 2 ** bits - 1;
  if (value < limit) return [pattern | value];
  const out = [pattern | limit];
  let left = value - limit;
  for (; left >= 128; left = Math.floor(left / 128)) out.push((left % 128) + 128);
  out.push(left);
  return out;
}

/**
 * Decodes a block of headers from a server that was told to keep no dynamic table. Slow and plain: it is for what a client
 * has not seen before.
 */
export function decodeHeaders(block: Uint8Array): Map<string, string> {
  const headers = new Map<string, string>();
  const reader = { bytes: block, at: 0 };
  while (reader.at < block.length) {
    const first = block[reader.at] as number;
    if (first & 0x80) {
      const [name, value] = staticEntry(readInteger(reader, 7));
      headers.set(name, value);
    } else if ((first & 0xe0) === 0x20) {
      readInteger(reader, 5);
    } else {
      const index = readInteger(reader, first & 0x40 ? 6 : 4);
      const name = index === 0 ? readText(reader) : staticEntry(index)[0];
      headers.set(name, readText(reader));
    }
  }
  return headers;
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function staticEntry(index: number): readonly [name: string, value: string] {
  const entry = staticTable[index - 1];
  if (!entry)
    throw new Error(`read a header: entry ${index} is of a dynamic table, which the server was told not to keep`);
  return entry;
}

function readInteger(reader: Reader, bits: number): number {
  const limit = 2 ** bits - 1;
  let value = nextByte(reader) & limit;
  if (value < limit) return value;
  for (let factor = 1; ; factor *= 128) {
    const byte = nextByte(reader);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}

function readText(reader: Reader): string {
  const huffman = ((reader.bytes[reader.at] ?? 0) & 0x80) !== 0;
  const length = readInteger(reader, 7);
  const bytes = reader.bytes.subarray(reader.at, reader.at + length);
  if (bytes.length < length) throw new Error('read a header: it ends too early');
  reader.at += length;
  return huffman ? decodeHuffman(bytes) : Buffer.from(bytes).toString('latin1');
}

function nextByte(reader: Reader): number {
  const byte = reader.bytes[reader.at++];
  if (byte === undefined) throw new Error('read a header: it ends too early');
  return byte;
}
