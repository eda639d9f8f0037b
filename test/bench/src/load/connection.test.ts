import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Call, type Connection, connectGrpc } from './connection.ts';
import { flags, frameOf, frameTypes, preface, settingsFrame, windowUpdateFrame } from './frames.ts';
import { encodeHeader } from './hpack.ts';
import { createTemplate } from './template.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A server whose every byte is the test's. */
async function serve(
  onFrame: (frame: Frame, socket: Socket) => void,
  opening = settingsFrame([]),
): Promise<Connection> {
  const server: Server = createServer((socket) => {
    let rest: Buffer = Buffer.alloc(0);
    let skip = preface.length;
    socket.on('error', () => undefined);
    socket.write(opening);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      if (skip > 0 && rest.length >= skip) {
        rest = rest.subarray(skip);
        skip = 0;
      }
      while (skip === 0 && rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
        const end = 9 + rest.readUIntBE(0, 3);
        const frame = {
          type: rest[3] ?? 0,
          flags: rest[4] ?? 0,
          stream: rest.readUInt32BE(5),
          payload: rest.subarray(9, end),
        };
        rest = rest.subarray(end);
        onFrame(frame, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const connection = await connectGrpc({ host: '127.0.0.1', port }, () => 0);
  closers.push(() => {
    connection.close();
    server.close();
  });
  return connection;
}

interface Outcome {
  readonly messages: string[];
  readonly status: number;
  readonly text: string;
}

function call(connection: Connection, message = Buffer.from('ask')): Promise<Outcome> {
  return new Promise((resolve) => {
    const messages: string[] = [];
    const template = createTemplate({ path: '/t.T/M', authority: 'x', scheme: 'http', message });
    connection.start({
      template,
      fill: () => undefined,
      onMessage: (bytes, start, end) => void messages.push(bytes.toString('latin1', start, end)),
      onEnd: (status, text) => resolve({ messages, status, text }),
    } satisfies Call);
    connection.flush();
  });
}

const block = (headers: Readonly<Record<string, string>>): Buffer =>
  Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
const prefixed = (text: string): Buffer => {
  const out = Buffer.alloc(5 + text.length);
  out.writeUInt32BE(text.length, 1);
  out.write(text, 5, 'latin1');
  return out;
};
const okTrailer = block({ 'grpc-status': '0' });
const opening = (stream: number): Buffer =>
  frameOf(frameTypes.headers, flags.endHeaders, stream, block({ ':status': '200' }));
const trailing = (stream: number, payload: Buffer = okTrailer): Buffer =>
  frameOf(frameTypes.headers, flags.endHeaders | flags.endStream, stream, payload);

/** Answers each request with bytes, written as the pieces say. */
const answering =
  (answer: (stream: number) => readonly Buffer[]) =>
  (frame: Frame, socket: Socket): void => {
    if (frame.type === frameTypes.data) for (const piece of answer(frame.stream)) socket.write(piece);
  };

describe('Connection', () => {
  it('reads an answer that comes byte by byte', async () => {
    const connection = await serve((frame, socket) => {
      if (frame.type !== frameTypes.data) return;
      const all = Buffer.concat([
        opening(frame.stream),
        frameOf(frameTypes.data, 0, frame.stream, prefixed('answer')),
        trailing(frame.stream),
      ]);
      let at = 0;
      const writeNext = (): void => {
        if (at < all.length) socket.write(all.subarray(at, ++at), () => setImmediate(writeNext));
      };
      writeNext();
    });
    expect(await call(connection)).toEqual({ messages: ['answer'], status: 0, text: '' });
  });

  it.each<[what: string, answer: (stream: number) => readonly Buffer[], messages: string[]]>([
    [
      'a message in three frames',
      (stream) => {
        const bytes = prefixed('abcdefghij');
        return [bytes.subarray(0, 3), bytes.subarray(3, 9), bytes.subarray(9)].map((part) =>
          frameOf(frameTypes.data, 0, stream, part),
        );
      },
      ['abcdefghij'],
    ],
    [
      'two messages and a half in one frame, the rest in the next',
      (stream) => {
        const bytes = Buffer.concat([prefixed('a'), prefixed(''), prefixed('ccc')]);
        return [bytes.subarray(0, 12), bytes.subarray(12)].map((part) => frameOf(frameTypes.data, 0, stream, part));
      },
      ['a', '', 'ccc'],
    ],
    [
      'padding',
      (stream) => [
        frameOf(
          frameTypes.data,
          flags.padded,
          stream,
          Buffer.concat([Buffer.from([4]), prefixed('padded'), Buffer.alloc(4)]),
        ),
      ],
      ['padded'],
    ],
  ])('reads %s', async (_what, answer, messages) => {
    const connection = await serve(answering((stream) => [opening(stream), ...answer(stream), trailing(stream)]));
    expect(await call(connection)).toEqual({ messages, status: 0, text: '' });
    expect((await call(connection)).messages).toEqual(messages);
  });

  it.each<[what: string, answer: (stream: number) => readonly Buffer[], status: number, text: string]>([
    [
      'a status at once',
      (stream) => [trailing(stream, block({ ':status': '200', 'grpc-status': '14', 'grpc-message': 'no%20leader' }))],
      14,
      'no leader',
    ],
    [
      'a status after a message',
      (stream) => [
        opening(stream),
        frameOf(frameTypes.data, 0, stream, prefixed('x')),
        trailing(stream, block({ 'grpc-status': '11', 'grpc-message': 'compacted' })),
      ],
      11,
      'compacted',
    ],
    ['no gRPC at all', (stream) => [trailing(stream, block({ ':status': '404' }))], 2, 'HTTP status 404'],
    [
      'a status in two frames',
      (stream) => {
        const whole = block({ 'grpc-status': '5', 'grpc-message': 'gone' });
        return [
          frameOf(frameTypes.headers, flags.endStream, stream, whole.subarray(0, 8)),
          frameOf(frameTypes.continuation, flags.endHeaders, stream, whole.subarray(8)),
        ];
      },
      5,
      'gone',
    ],
    ['a reset', (stream) => [frameOf(frameTypes.reset, 0, stream, Buffer.from([0, 0, 0, 7]))], 14, 'code 7'],
    ['a good bye', () => [frameOf(frameTypes.goAway, 0, 0, Buffer.alloc(8))], 14, 'ended the connection'],
  ])('notices %s', async (_what, answer, status, text) => {
    const connection = await serve(answering(answer));
    const outcome = await call(connection);
    expect(outcome.status).toBe(status);
    expect(outcome.text).toContain(text);
  });

  it('does not take a failure for the success that came before it', async () => {
    let calls = 0;
    const connection = await serve(
      answering((stream) => [opening(stream), trailing(stream, block({ 'grpc-status': calls++ === 0 ? '0' : '8' }))]),
    );
    expect([(await call(connection)).status, (await call(connection)).status]).toEqual([0, 8]);
  });

  it('ends its calls with the connection, those that had not been sent too', async () => {
    const connection = await serve((frame, socket) => {
      if (frame.type === frameTypes.data) socket.destroy();
    });
    expect((await call(connection)).status).toBe(14);
    expect((await call(connection)).status).toBe(14);
  });

  it('sends no more than the server has room for', async () => {
    const message = Buffer.alloc(10_000, 1);
    let received = 0;
    let give: (() => void) | undefined;
    const connection = await serve((frame, socket) => {
      if (frame.type !== frameTypes.data) return;
      received += 1;
      give ??= () => socket.write(windowUpdateFrame(0, 100_000));
      socket.write(Buffer.concat([opening(frame.stream), trailing(frame.stream)]));
    });
    const outcomes = Array.from({ length: 10 }, () => call(connection, message));
    await Promise.all(outcomes.slice(0, 6));
    expect(received).toBe(6);
    give?.();
    expect((await Promise.all(outcomes)).map(({ status }) => status)).toEqual(Array(10).fill(0));
  });

  it('answers settings and pings', async () => {
    const seen = Promise.withResolvers<string>();
    const pinged = Buffer.concat([settingsFrame([[3, 7]]), frameOf(frameTypes.ping, 0, 0, Buffer.from('12345678'))]);
    const connection = await serve((frame) => {
      if (frame.type === frameTypes.ping && frame.flags === flags.ack) seen.resolve(frame.payload.toString());
    }, pinged);
    expect(await seen.promise).toBe('12345678');
    expect(connection.maxStreams).toBe(7);
  });
});
