import { type Bytes, concatBytes, createDeferred, fromUtf8, utf8 } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createStreamPair, settle } from '../../test/stream-pair.ts';
import { createSpdyConnection, type SpdyConnectionOptions } from './connection.ts';
import { createSpdyDecoder } from './frame-decoder.ts';
import { createSpdyEncoder, type SpdyFrame } from './frames.ts';
import type { SpdyStream } from './spdy-stream.ts';

const headers = (entries: Record<string, string>) => new Map(Object.entries(entries));

async function readAll(stream: ByteStream): Promise<string> {
  const parts: Bytes[] = [];
  for await (const part of stream.incoming) parts.push(part);
  return fromUtf8(concatBytes(parts));
}

/** A server, and a client that speaks in frames, so that it can also speak badly. */
function serve(more: Partial<SpdyConnectionOptions> = {}) {
  const pair = createStreamPair();
  const accepted: SpdyStream[] = [];
  const accept = (stream: SpdyStream): boolean => accepted.push(stream) > 0;
  const server = createSpdyConnection(pair.server, { role: 'server', accept, ...more });
  const encode = createSpdyEncoder();
  const decoder = createSpdyDecoder();
  const got: SpdyFrame[] = [];
  void (async () => {
    for await (const bytes of pair.client.incoming) got.push(...decoder.push(bytes));
  })();
  return {
    ...pair,
    server,
    accepted,
    got,
    async send(...frames: readonly SpdyFrame[]) {
      for (const frame of frames) await pair.client.write(encode(frame));
      await settle();
    },
  };
}

const open = (streamId: number, entries: Record<string, string> = {}): SpdyFrame => ({
  ...{ type: 'syn-stream', streamId, associatedTo: 0, priority: 0, fin: false, unidirectional: false },
  headers: headers(entries),
});
const data = (streamId: number, text: string, fin = false): SpdyFrame => ({
  ...{ type: 'data', streamId, fin },
  data: utf8(text),
});

test('a stream is answered, carries bytes both ways, and is gone when both sides have ended', async () => {
  const { accepted, got, send } = serve();
  await send(open(1, { streamtype: 'stdin' }), data(1, 'hello', true));
  const [stream] = accepted;
  if (!stream) throw new Error('no stream was accepted');
  expect(stream.headers).toEqual(headers({ streamtype: 'stdin' }));
  expect(await readAll(stream)).toBe('hello');
  void stream.write(utf8('and '));
  void stream.write(utf8('back'));
  stream.end();
  await stream.closed;
  await settle();
  expect(got).toMatchObject([
    { type: 'syn-reply', streamId: 1 },
    { type: 'data', data: utf8('and ') },
    { type: 'data', data: utf8('back'), fin: false },
    { type: 'data', fin: true },
  ]);
  await expect(stream.write(utf8('more'))).rejects.toThrow('it has been ended here');
});

test('pings come back, and answers to pings do not', async () => {
  const { got, send } = serve();
  await send({ type: 'ping', id: 1 }, { type: 'ping', id: 2 });
  expect(got).toEqual([{ type: 'ping', id: 1 }]);
});

test.each([
  ['a number that goes back', [open(3), open(1)], { type: 'rst-stream', streamId: 1, status: 1 }],
  ['a number of ours', [open(2)], { type: 'rst-stream', streamId: 2, status: 1 }],
  ['one stream too many', [open(1), open(3), open(5)], { type: 'rst-stream', streamId: 5, status: 3 }],
])('resets %s', async (_name, frames, answer) => {
  const { got, send } = serve({ maxStreams: 2 });
  await send(...(frames as SpdyFrame[]));
  expect(got.at(-1)).toEqual(answer);
});

test('what is not accepted is reset, and what comes for it is dropped', async () => {
  const { got, send } = serve({ accept: () => false });
  await send(open(1), data(1, 'x'));
  expect(got).toEqual([{ type: 'rst-stream', streamId: 1, status: 5 }]);
});

test('a reset by the other side ends reading and refuses writing', async () => {
  const { accepted, send } = serve();
  await send(open(1), data(1, 'half'), { type: 'rst-stream', streamId: 1, status: 5 });
  const [stream] = accepted as [SpdyStream];
  expect(await readAll(stream)).toBe('half');
  await expect(stream.write(utf8('x'))).rejects.toThrow('the other side has closed it');
});

test('a reset by us leaves the other streams alone', async () => {
  const { accepted, got, send } = serve();
  await send(open(1), open(3));
  accepted[0]?.destroy();
  await send(data(1, 'late'), data(3, 'fine', true));
  expect(got.at(-1)).toEqual({ type: 'rst-stream', streamId: 1, status: 5 });
  expect(await readAll(accepted[1] as SpdyStream)).toBe('fine');
});

test('a broken frame ends the connection with a word', async () => {
  const { client, server, got } = serve();
  await client.write(new Uint8Array([0x80, 2, 0, 6, 0, 0, 0, 0]));
  await server.closed;
  await settle();
  expect(got).toEqual([{ type: 'goaway', lastGoodStreamId: 0, status: 1 }]);
});

test('close says good-bye after what was written', async () => {
  const { server, accepted, got, send } = serve();
  await send(open(1));
  void accepted[0]?.write(utf8('last words'));
  await settle();
  await server.close();
  await settle();
  expect(got.map(({ type }) => type)).toEqual(['syn-reply', 'data', 'goaway']);
});

test('reading stops while one stream holds too much, and goes on when it is read', async () => {
  const { client, accepted, send } = serve({ unreadLimitBytes: 1000 });
  await send(open(1));
  let sent = 0;
  const encode = createSpdyEncoder();
  const pouring = (async () => {
    for (; sent < 100; sent++) await client.write(encode(data(1, 'x'.repeat(500), sent === 99)));
  })();
  await settle();
  expect(sent).toBeLessThan(10);
  expect((await readAll(accepted[0] as SpdyStream)).length).toBe(50_000);
  await pouring;
});

test('reading stops while many streams hold too much together', async () => {
  const { client, accepted, send } = serve({ unreadLimitBytes: 1000 });
  const ids = Array.from({ length: 8 }, (_, i) => 2 * i + 1);
  await send(...ids.map((id) => open(id)));
  const encode = createSpdyEncoder();
  let sent = 0;
  const pouring = (async () => {
    for (const id of ids) {
      await client.write(encode(data(id, 'x'.repeat(900))));
      sent++;
    }
  })();
  await settle();
  expect(sent).toBeLessThan(7);
  // A stream that is gone holds nothing, and one that nobody reads lets pass.
  accepted[0]?.destroy();
  accepted[1]?.discard();
  for (const stream of accepted.slice(2)) stream.discard();
  await pouring;
});

test('reading goes on when the stream is given up unread', async () => {
  const { client, accepted, send } = serve({ unreadLimitBytes: 1000 });
  await send(open(1));
  const encode = createSpdyEncoder();
  const pouring = (async () => {
    for (let i = 0; i < 20; i++) await client.write(encode(data(1, 'x'.repeat(500))));
  })();
  await settle();
  accepted[0]?.discard();
  await pouring;
});

test('what is read is granted anew', async () => {
  const { accepted, got, send } = serve();
  await send(open(1), data(1, 'x'.repeat(40_000), true));
  await readAll(accepted[0] as SpdyStream);
  await settle();
  expect(got.slice(1)).toContainEqual({ type: 'window-update', streamId: 0, delta: 40_000 });
});

test('a peer that does not count hears nothing of windows', async () => {
  const { accepted, got, send } = serve({ grantsWindows: false });
  await send(open(1), data(1, 'x'.repeat(40_000), true));
  await readAll(accepted[0] as SpdyStream);
  await settle();
  expect(got.map(({ type }) => type)).toEqual(['syn-reply']);
});

test('against a peer that counts, no more is sent than it has granted', async () => {
  const { accepted, got, send } = serve({ peerCountsWindows: true });
  const sentBytes = () => got.reduce((sum, frame) => sum + (frame.type === 'data' ? frame.data.length : 0), 0);
  await send(open(1), open(3));
  const done = createDeferred<void>();
  accepted[0]?.write(new Uint8Array(100_000)).then(done.resolve, done.reject);
  await settle();
  expect(sentBytes()).toBe(65_536);
  // Exactly what is left: nothing may be lost of what the stream may send and the connection may not yet.
  await send({ type: 'window-update', streamId: 1, delta: 100_000 - 65_536 });
  expect(sentBytes()).toBe(65_536);
  await send({ type: 'window-update', streamId: 0, delta: 10_000 });
  expect(sentBytes()).toBe(75_536);
  await send({ type: 'window-update', streamId: 0, delta: 90_000 });
  await done.promise;
  void accepted[1]?.write(new Uint8Array(100_000)).catch(() => undefined);
  await send({ type: 'settings', entries: [{ id: 7, flags: 0, value: 5000 }] });
  // One piece was on its way when the windows shrank, and this one is now below nothing.
  expect(sentBytes()).toBe(100_000 + 16_384);
  await send({ type: 'window-update', streamId: 3, delta: 60_000 });
  expect(sentBytes()).toBe(100_000 + 5000 + 60_000);
  await send({ type: 'rst-stream', streamId: 3, status: 5 });
});

test('many streams keep their bytes in order, however the connection cuts and mixes them', async () => {
  const planOf = (largest: number, leastCut: number) =>
    fc.record({
      writes: fc.array(fc.record({ stream: fc.nat(4), size: fc.nat(largest) }), { maxLength: 12 }),
      cut: fc.integer({ min: leastCut, max: leastCut * 40 }),
    });
  const plan = fc.oneof(planOf(300, 1), planOf(60_000, 2000));
  await fc.assert(
    fc.asyncProperty(plan, fc.boolean(), async ({ writes, cut }, counts) => {
      const pair = createStreamPair(cut);
      const echoes: Promise<void>[] = [];
      const echo = async (stream: SpdyStream): Promise<void> => {
        for await (const bytes of stream.incoming) await stream.write(bytes);
        stream.end();
      };
      createSpdyConnection(pair.server, {
        role: 'server',
        peerCountsWindows: counts,
        accept: (stream) => echoes.push(echo(stream)) > 0,
      });
      const client = createSpdyConnection(pair.client, {
        role: 'client',
        accept: () => false,
        peerCountsWindows: counts,
      });
      const streams = Array.from({ length: 5 }, (_, i) => client.open(headers({ n: String(i) })));
      const sent = streams.map(() => '');
      writes.forEach(({ stream, size }, i) => {
        const text = String.fromCharCode(97 + (i % 26)).repeat(size);
        sent[stream] += text;
        streams[stream]?.write(utf8(text)).catch(() => undefined);
      });
      for (const stream of streams) stream.end();
      expect(await Promise.all(streams.map(readAll))).toEqual(sent);
      await Promise.all(echoes);
      await client.close();
    }),
    { numRuns: 25 },
  );
});
