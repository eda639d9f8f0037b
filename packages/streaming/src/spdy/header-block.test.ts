import { constants, createDeflate, createInflate, deflateSync } from 'node:zlib';
import { type Bytes, concatBytes } from '@trireme/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { headerDictionary, headerDictionaryId } from './dictionary.ts';
import { createHeaderReader, createHeaderWriter } from './header-block.ts';
import { createInflater } from './inflate.ts';

const hex = (text: string): Bytes => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** zlib as Go's SPDY library uses it: one stream for the connection, flushed after each block. */
function zlibWriter(options: { level?: number; strategy?: number } = {}): (block: Bytes) => Promise<Bytes> {
  const deflate = createDeflate({ ...options, dictionary: headerDictionary });
  let parts: Bytes[] = [];
  deflate.on('data', (part: Bytes) => parts.push(part));
  return (block) =>
    new Promise((resolve) => {
      deflate.write(block, () =>
        deflate.flush(constants.Z_SYNC_FLUSH, () => {
          resolve(concatBytes(parts));
          parts = [];
        }),
      );
    });
}

const inflater = (limitBytes = 1 << 20) =>
  createInflater({ dictionary: headerDictionary, dictionaryId: headerDictionaryId, limitBytes });

test('the dictionary is the one that its checksum names', () => {
  const [, , a = 0, b = 0, c = 0, d = 0] = deflateSync(new Uint8Array(1), { dictionary: headerDictionary });
  expect(headerDictionary.length).toBe(1423);
  expect(((a << 24) | (b << 16) | (c << 8) | d) >>> 0).toBe(headerDictionaryId);
});

test.each([
  ['nothing', 'a reply without headers', [], '78 20 e3 c6 a7 c2 00 04 00 fb ff 00000000 00 00 00 ff ff'],
  ['one header', 'a stream of output', [['streamtype', 'stdout']], undefined],
])('writes %s so that zlib reads it', async (_name, _what, headers, expected) => {
  const written = createHeaderWriter()(new Map(headers as [string, string][]));
  if (expected !== undefined) expect(written).toEqual(new Uint8Array(hex(expected)));
  const inflate = createInflate({ dictionary: headerDictionary });
  const read = await new Promise<Bytes>((resolve) => {
    inflate.once('data', resolve);
    inflate.write(written);
  });
  expect(read.length).toBe(written.length - 6 - 5 - 5);
});

test.each([
  ['as zlib does by default', {}],
  ['with the fixed codes', { strategy: constants.Z_FIXED }],
  ['with codes of their own', { strategy: constants.Z_HUFFMAN_ONLY }],
  ['not at all', { level: 0 }],
  ['as much as can be', { level: 9 }],
])('inflates blocks compressed %s', async (_name, options) => {
  const write = zlibWriter(options);
  const { inflate } = inflater();
  const text = 'content-type: text/html, streamtype and requestid; '.repeat(40);
  for (const block of [text, 'x', text, `${text.slice(7)}!`, 'y'.repeat(70_000), text]) {
    const bytes = new TextEncoder().encode(block);
    expect(Buffer.compare(inflate(await write(bytes)), bytes)).toBe(0);
  }
});

test('inflates whatever zlib compresses, block after block', async () => {
  const words = fc.array(fc.constantFrom('streamtype', 'error', 'port', '8080', 'requestid', '\0'), { maxLength: 60 });
  const block = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    words.map((list) => new TextEncoder().encode(list.join(''))),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(block, { maxLength: 6 }), async (blocks) => {
      const write = zlibWriter();
      const { inflate } = inflater();
      for (const each of blocks) {
        if (each.length > 0) expect(Buffer.compare(inflate(await write(each)), each)).toBe(0);
      }
    }),
    { numRuns: 60 },
  );
});

test('headers come out as they went in', () => {
  const name = fc.stringMatching(/^[a-z-]{1,12}$/);
  const headers = fc.array(fc.tuple(name, fc.string()), { maxLength: 5 }).map((entries) => new Map(entries));
  fc.assert(
    fc.property(fc.array(headers, { maxLength: 5 }), (blocks) => {
      const write = createHeaderWriter();
      const read = createHeaderReader();
      for (const block of blocks) expect(read(write(block))).toEqual(block);
    }),
  );
});

test.each([
  ['another dictionary', '78 bb 00 00 00 01 00 00 00 ff ff', 'a dictionary that is not'],
  ['no dictionary', '78 9c 00 00 00 ff ff', 'does not begin as SPDY/3'],
  ['an end in the middle', '78 20 e3 c6 a7 c2 00 04 00 fb ff 00', 'ends in the middle'],
  ['a length that contradicts itself', '78 20 e3 c6 a7 c2 00 04 00 00 00 00', 'contradicts its own length'],
  ['a last block', '78 20 e3 c6 a7 c2 01 00 00 ff ff', 'ends before the connection does'],
  ['a reserved kind of block', '78 20 e3 c6 a7 c2 06', 'ends before the connection does'],
  ['more headers than there are', '78 20 e3 c6 a7 c2 00 04 00 fb ff 00 00 00 09', 'shorter than it says'],
  ['a name longer than the block', '78 20 e3 c6 a7 c2 00 08 00 f7 ff 00000001 000000ff', 'shorter than it says'],
])('refuses %s', (_name, block, message) => {
  expect(() => createHeaderReader()(hex(block))).toThrow(message);
});

test('refuses a block that grows beyond the limit', async () => {
  const bomb = await zlibWriter()(new Uint8Array(1 << 20));
  expect(bomb.length).toBeLessThan(2000);
  expect(() => inflater(64 * 1024).inflate(bomb)).toThrow('larger than 65536 bytes');
});

test('whatever comes in is inflated or refused, and never hangs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      try {
        inflater().inflate(concatBytes([hex('78 20 e3 c6 a7 c2'), noise]));
      } catch (error) {
        expect((error as Error).name).toBe('SpdyError');
      }
    }),
    { numRuns: 500 },
  );
});
