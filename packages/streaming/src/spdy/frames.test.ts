import { type Bytes, concatBytes } from '@trireme/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSpdyDecoder } from './frame-decoder.ts';
import { createSpdyEncoder, type SpdyFrame } from './frames.ts';

const hex = (text: string): Bytes => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const noHeaders = '78 20 e3c6a7c2 00 0400fbff 00000000 00 0000ffff';
const headers = new Map<string, string>();

const table: readonly (readonly [SpdyFrame, string])[] = [
  [
    { type: 'syn-stream', streamId: 1, associatedTo: 0, priority: 2, fin: true, unidirectional: false, headers },
    `80030001 0100001e 00000001 00000000 4000 ${noHeaders}`,
  ],
  [{ type: 'syn-reply', streamId: 3, fin: false, headers }, `80030002 00000018 00000003 ${noHeaders}`],
  [{ type: 'headers', streamId: 3, fin: true, headers }, `80030008 01000018 00000003 ${noHeaders}`],
  [{ type: 'rst-stream', streamId: 5, status: 5 }, '80030003 00000008 00000005 00000005'],
  [{ type: 'settings', entries: [{ id: 7, flags: 1, value: 65_536 }] }, '80030004 0000000c 00000001 01000007 00010000'],
  [{ type: 'ping', id: 7 }, '80030006 00000004 00000007'],
  [{ type: 'goaway', lastGoodStreamId: 9, status: 1 }, '80030007 00000008 00000009 00000001'],
  [{ type: 'window-update', streamId: 1, delta: 32_768 }, '80030009 00000008 00000001 00008000'],
  [{ type: 'data', streamId: 1, fin: true, data: hex('616263') }, '00000001 01000003 616263'],
  [{ type: 'data', streamId: 1, fin: true, data: hex('') }, '00000001 01000000'],
];

test.each(table)('%o', (frame, wire) => {
  expect(Buffer.from(createSpdyEncoder()(frame)).toString('hex')).toBe(wire.replaceAll(' ', ''));
  expect([...createSpdyDecoder().push(hex(wire))]).toEqual([frame]);
});

// Recorded from kubectl 1.27. Each header block leans on those before it.
test.each([
  [
    'exec',
    [
      '80030001000000290000000100000000000078f9e3c6a7c26260606004a7b392a2d4c45c6851c29a0a0a6800000000ffff',
      '800300010000001900000003000000000000c22ac5565c92925f5a02000000ffff',
      '800300010000001500000005000000000000c229975a5404000000ffff',
    ],
    [{ streamtype: 'error' }, { streamtype: 'stdout' }, { streamtype: 'stderr' }],
  ],
  [
    'port-forward',
    [
      '800300010000003d0000000100000000000078f9e3c6a7c202253a703a2b294a4dcc851625aca9a0808614cb45a024cc6461c0c0c0c0590489c44c50e2663400000000ffff',
      '0000000101000000800300010000001800000003000000000000c2aa15540a2512d209000000ffff',
    ],
    [
      { streamtype: 'error', port: '80', requestid: '0' },
      { streamtype: 'data', port: '80', requestid: '0' },
    ],
  ],
])('reads what kubectl opens for %s', (_name, wire, expected) => {
  const decoder = createSpdyDecoder();
  const frames = wire.flatMap((each) => [...decoder.push(hex(each))]);
  const opened = frames.filter((frame) => frame.type === 'syn-stream');
  expect(opened.map((frame) => Object.fromEntries(frame.headers))).toEqual(expected);
});

const streamId = fc.integer({ min: 1, max: 0x7fff_ffff });
const someHeaders = fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), fc.string({ maxLength: 9 })), {
  maxLength: 3,
});
const anyFrame: fc.Arbitrary<SpdyFrame> = fc.oneof(
  fc.record({
    type: fc.constant('syn-stream' as const),
    streamId,
    associatedTo: fc.constant(0),
    priority: fc.integer({ min: 0, max: 7 }),
    fin: fc.boolean(),
    unidirectional: fc.boolean(),
    headers: someHeaders.map((entries) => new Map(entries)),
  }),
  fc.record({
    type: fc.constantFrom('syn-reply' as const, 'headers' as const),
    streamId,
    fin: fc.boolean(),
    headers: someHeaders.map((entries) => new Map(entries)),
  }),
  fc.record({ type: fc.constant('ping' as const), id: fc.nat() }),
  fc.record({
    type: fc.constant('data' as const),
    streamId,
    fin: fc.boolean(),
    data: fc.uint8Array({ maxLength: 300 }),
  }),
);

/** Pieces of one data frame become that frame again; frames without data vanish when they end nothing. */
function joined(frames: readonly SpdyFrame[]): readonly SpdyFrame[] {
  const result: SpdyFrame[] = [];
  for (const frame of frames) {
    const last = result.at(-1);
    if (frame.type === 'data' && last?.type === 'data' && last.streamId === frame.streamId && !last.fin) {
      result[result.length - 1] = { ...frame, data: new Uint8Array(concatBytes([last.data, frame.data])) };
    } else result.push(frame.type === 'data' ? { ...frame, data: new Uint8Array(frame.data) } : frame);
  }
  return result.filter((frame) => frame.type !== 'data' || frame.fin || frame.data.length > 0);
}

test('frames survive any cut of their bytes', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 40 })), (frames, cuts) => {
      const encode = createSpdyEncoder();
      const wire = concatBytes(frames.map(encode));
      const decoder = createSpdyDecoder();
      const got: SpdyFrame[] = [];
      for (let at = 0, i = 0; at < wire.length; i++) {
        const size = cuts[i % cuts.length] ?? 1;
        got.push(...decoder.push(wire.subarray(at, at + size)));
        at += size;
      }
      expect(joined(got)).toEqual(joined(frames));
    }),
  );
});

test('a large data frame is given on as it comes', () => {
  const decoder = createSpdyDecoder();
  expect([...decoder.push(hex('00000001 01ffffff 61'))]).toMatchObject([{ type: 'data', fin: false }]);
  expect([...decoder.push(new Uint8Array(0xfffffe))]).toMatchObject([{ type: 'data', fin: true }]);
});

test('frames of a type that is not known are passed over', () => {
  const decoder = createSpdyDecoder();
  expect([...decoder.push(hex('8003000b 00000002 abcd 80030006 00000004 00000001'))]).toEqual([
    { type: 'ping', id: 1 },
  ]);
});

test.each([
  ['another version', '80020006 00000004 00000001', 'version 2'],
  ['a long control frame', '80030001 00ffffff', 'too long'],
  ['a short one', '80030003 00000004 00000001', 'only 4 bytes'],
  ['data of no stream', '00000000 00000001 00', 'no stream'],
  ['settings that are not there', '80030004 00000004 00000009', 'less than its 9'],
])('refuses %s', (_name, wire, message) => {
  expect(() => [...createSpdyDecoder().push(hex(wire))]).toThrow(message);
});
