import { type Bytes, createAsyncQueue, utf8 } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import { createVirtualTime } from '@trireme/testkit';
import { expect, test } from 'vitest';
import { spdyClient, spdyRequest, textOf, upgraded, webSocketRequest } from '../../test/sessions.ts';
import { createFrameDecoder, encodeFrame } from '../websocket/websocket-frames.ts';
import type { ConnectPort } from './port-connection.ts';
import { servePortForward } from './serve-port-forward.ts';

/** Echoes with the port before it; port 9 refuses. */
const connect: ConnectPort = async (port, stream) => {
  if (port === 9) throw new Error('connection refused');
  await stream.write(utf8(`${port}:`));
  for await (const bytes of stream.incoming) await stream.write(bytes);
};

/** The client's end of a tunnel: what it writes goes out in masked messages. */
function tunnelClient(stream: ByteStream): ByteStream {
  const decoder = createFrameDecoder({ requireMask: false });
  const incoming = createAsyncQueue<Bytes>();
  void (async () => {
    for await (const bytes of stream.incoming) {
      for (const { opcode, payload } of decoder.push(bytes)) if (opcode === 2) incoming.push(payload);
    }
    incoming.end();
  })();
  const send = (opcode: number, bytes: Bytes) => stream.write(encodeFrame(opcode, bytes, new Uint8Array([5, 6, 7, 8])));
  return {
    incoming,
    // A message may end anywhere in a frame.
    async write(bytes) {
      await send(2, bytes.subarray(0, 3));
      await send(2, bytes.subarray(3));
    },
    end: () => void send(8, new Uint8Array([3, 232])),
    destroy: stream.destroy,
  };
}

const transports = {
  SPDY: () => spdyRequest('portforward.k8s.io'),
  'SPDY in WebSocket': () => webSocketRequest('SPDY/3.1+portforward.k8s.io'),
};

function forward(transport: keyof typeof transports = 'SPDY') {
  const time = createVirtualTime();
  const response = servePortForward({ time }, transports[transport](), { pod: 'web', uid: 'u1', ports: [] }, connect);
  const stream = upgraded(response);
  const client = spdyClient(transport === 'SPDY' ? stream : tunnelClient(stream));
  const open = (streamType: string, port: number | string, requestID?: string) =>
    client.open({ streamType, port: String(port), ...(requestID === undefined ? {} : { requestID }) });
  return { time, client, open };
}

test.each(['SPDY', 'SPDY in WebSocket'] as const)('connections pass through %s side by side', async (transport) => {
  const { time, client, open } = forward(transport);
  const pairs = [80, 81, 80].map((port, i) => ({
    error: open('error', port, `${i}`),
    data: open('data', port, `${i}`),
  }));
  for (const [i, { error, data }] of pairs.entries()) {
    error.end();
    void data.write(utf8(`${i}`.repeat(50_000)));
    data.end();
  }
  const said = await Promise.all(pairs.map(async ({ error, data }) => [await textOf(data), await textOf(error)]));
  expect(said).toEqual([80, 81, 80].map((port, i) => [`${port}:${`${i}`.repeat(50_000)}`, '']));
  await client.close();
  await time.settle();
  expect(time.pending).toBe(0);
});

test('a refused port is told on the error stream, and the others go on', async () => {
  const { open } = forward();
  const [error, data] = [open('error', 9, '0'), open('data', 9, '0')];
  expect(await textOf(error)).toBe('error forwarding port 9 to pod web, uid u1: connection refused');
  expect(await textOf(data)).toBe('');
  const [, next] = [open('error', 80, '1'), open('data', 80, '1')];
  next.end();
  expect(await textOf(next)).toBe('80:');
});

test('streams without a number belong together when they come together', async () => {
  const { open } = forward();
  const [, data] = [open('error', 80), open('data', 80)];
  data.end();
  expect(await textOf(data)).toBe('80:');
});

test.each([
  ['no port', 'data', ''],
  ['port 0', 'data', 0],
  ['a port that is too large', 'data', 65_536],
  ['a port that is no number', 'data', 'http'],
  ['another type', 'stdin', 80],
])('a stream with %s is refused', async (_name, type, port) => {
  const { open } = forward();
  await open(type, port, '0').closed;
});

test('half a pair is given up after 30 seconds', async () => {
  const { time, open } = forward();
  const error = open('error', 80, '0');
  const said = textOf(error);
  await time.advance(30_000);
  expect(await said).toBe('(request=0) timed out waiting for streams');
});

test('a second stream of one kind is an error of the request', async () => {
  const { open } = forward();
  const error = open('error', 80, '0');
  await open('error', 80, '0').closed;
  expect(await textOf(error)).toBe('error processing stream for request 0: (request=0) error stream already assigned');
});
