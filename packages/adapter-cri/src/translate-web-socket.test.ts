import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AsyncQueue, type Bytes, concatBytes, createAsyncQueue, fromUtf8, utf8 } from '@trireme/base';
import type { ByteStream, HttpRequest, HttpResponse, StreamRequest } from '@trireme/ports';
import { createFrameDecoder, encodeFrame, opcodes, type RemoteCommand, serveRemoteCommand } from '@trireme/streaming';
import { createVirtualTime } from '@trireme/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { socketStream } from './socket-stream.ts';
import { needsTranslation, translateWebSocket } from './translate-web-socket.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const exec = {
  kind: 'exec',
  containerId: 'c',
  command: ['x'],
  stdin: true,
  stdout: true,
  stderr: true,
  tty: false,
} as const;
const forward: StreamRequest = { kind: 'port-forward', sandboxId: 's', ports: [80] };
const tunnel = 'SPDY/3.1+portforward.k8s.io';

/** A runtime that speaks SPDY only, as containerd 1.x does with these clients. */
async function startRuntime(
  onUpgrade: (request: IncomingMessage, stream: ByteStream) => HttpResponse,
): Promise<string> {
  const made = createServer();
  server = made;
  made.on('upgrade', (request, socket, head) => {
    const stream = socketStream(socket, head);
    const response = onUpgrade(request, stream);
    const lines = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${response.status} Said\r\n${lines.join('')}\r\n`);
    if (response.status === 101) response.onUpgrade?.(stream);
    else socket.end(response.body);
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}/exec/token`;
}

const asHttpRequest = ({ method = '', headers }: IncomingMessage): HttpRequest => ({
  method,
  path: '/',
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
});

const running = (
  run: (remote: RemoteCommand) => Promise<number>,
  request: typeof exec | object = exec,
): Promise<string> =>
  startRuntime((upgrade) =>
    serveRemoteCommand({ time: createVirtualTime() }, asHttpRequest(upgrade), request as typeof exec, run),
  );

function webSocket(protocol: string): HttpRequest {
  return {
    method: 'GET',
    path: '/',
    headers: {
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol': protocol,
    },
  };
}

interface Client {
  readonly incoming: AsyncQueue<Bytes>;
  send(...bytes: readonly (number | string)[]): void;
  /** The payloads of all messages, until the other side closes. */
  messages(): Promise<readonly Bytes[]>;
}

function join(response: HttpResponse): Client {
  const incoming = createAsyncQueue<Bytes>();
  const outgoing = createAsyncQueue<Bytes>();
  expect(response.status).toBe(101);
  response.onUpgrade?.({
    incoming,
    write: async (bytes) => void outgoing.push(bytes.slice()),
    end: () => outgoing.end(),
    destroy: () => outgoing.end(),
  });
  return {
    incoming,
    send(...parts) {
      const payload = parts.map((part) => (typeof part === 'number' ? new Uint8Array([part]) : utf8(part)));
      incoming.push(encodeFrame(opcodes.binary, concatBytes(payload), new Uint8Array([1, 2, 3, 4])));
    },
    async messages() {
      const decoder = createFrameDecoder({ requireMask: false });
      const got: Bytes[] = [];
      for await (const bytes of outgoing) {
        for (const frame of decoder.push(bytes)) if (frame.opcode === opcodes.binary) got.push(frame.payload);
      }
      return got;
    },
  };
}

const channel = (messages: readonly Bytes[], id: number): string =>
  messages.map((message) => (message[0] === id ? fromUtf8(message.subarray(1)) : '')).join('');

test.each([
  [exec, 'v5.channel.k8s.io', true],
  [exec, 'v4.channel.k8s.io, v5.channel.k8s.io', true],
  [exec, 'v4.channel.k8s.io', false],
  [forward, tunnel, true],
  [forward, 'v4.channel.k8s.io', false],
] as const)('%j over %s is translated: %s', (request, protocol, expected) => {
  expect(needsTranslation(request, webSocket(protocol))).toBe(expected);
  expect(needsTranslation(request, { ...webSocket(protocol), headers: { upgrade: 'SPDY/3.1' } })).toBe(false);
});

describe('a command over v5', () => {
  test('has its input closed by the client, and both outputs and the exit code come back', async () => {
    const url = await running(async (remote) => {
      for await (const bytes of remote.stdin) await remote.write('stdout', bytes);
      await remote.write('stderr', utf8('done'));
      return 7;
    });
    const client = join(await translateWebSocket(url, exec, webSocket('v5.channel.k8s.io')));
    client.send(0, 'to and ');
    client.send(0, 'fro');
    client.send(255, 0);
    const messages = await client.messages();
    expect([channel(messages, 1), channel(messages, 2)]).toEqual(['to and fro', 'done']);
    expect(JSON.parse(channel(messages, 3))).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
  });

  test('hears how large the terminal is', async () => {
    const request = { ...exec, stderr: false, tty: true };
    const url = await running(async (remote) => {
      for await (const { width, height } of remote.resizes) {
        await remote.write('stdout', utf8(`${width}x${height}`));
        return 0;
      }
      return 1;
    }, request);
    const client = join(await translateWebSocket(url, request, webSocket('v5.channel.k8s.io')));
    client.send(4, '{"Width":80,"Height":24}');
    const messages = await client.messages();
    expect(channel(messages, 1)).toBe('80x24');
    expect(channel(messages, 3)).toBe('{"metadata":{},"status":"Success"}');
  });

  test("is left by the runtime's connection when its client goes", async () => {
    let left = false;
    const url = await running(async (remote) => {
      await remote.gone;
      left = true;
      return 0;
    });
    const client = join(await translateWebSocket(url, exec, webSocket('v5.channel.k8s.io')));
    client.incoming.end();
    await expect.poll(() => left).toBe(true);
  });

  test('ends with an internal error when the runtime is lost', async () => {
    const url = await startRuntime((_request, stream) => ({
      status: 101,
      headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
      body: new Uint8Array(0),
      onUpgrade: () => stream.destroy(),
    }));
    const client = join(await translateWebSocket(url, exec, webSocket('v5.channel.k8s.io')));
    expect(JSON.parse(channel(await client.messages(), 3))).toMatchObject({
      status: 'Failure',
      reason: 'InternalError',
    });
  });
});

test('a tunnel carries the bytes of SPDY as they are', async () => {
  const echoed: Bytes[] = [];
  const url = await startRuntime((request, stream) => ({
    status: 101,
    headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
    body: new Uint8Array(0),
    async onUpgrade() {
      await stream.write(utf8(`${request.headers['x-stream-protocol-version']}:`));
      for await (const bytes of stream.incoming) {
        await stream.write(bytes);
        echoed.push(bytes.slice());
      }
      stream.end();
    },
  }));
  const response = await translateWebSocket(url, forward, webSocket(tunnel));
  expect(response.headers['sec-websocket-protocol']).toBe(tunnel);
  const client = join(response);
  const read = client.messages();
  client.send('raw ');
  client.send('bytes');
  await expect.poll(() => fromUtf8(concatBytes(echoed))).toBe('raw bytes');
  client.incoming.push(encodeFrame(opcodes.close, new Uint8Array([3, 232]), new Uint8Array([1, 2, 3, 4])));
  expect(fromUtf8(concatBytes(await read))).toBe('portforward.k8s.io:raw bytes');
});

test('the refusal of a runtime reaches the client as it is', async () => {
  const url = await startRuntime(() => ({ status: 404, headers: { 'content-length': '4' }, body: utf8('gone') }));
  const response = await translateWebSocket(url, exec, webSocket('v5.channel.k8s.io'));
  expect([response.status, fromUtf8(response.body as Bytes)]).toEqual([404, 'gone']);
});
