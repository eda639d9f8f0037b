import { type AsyncQueue, type Bytes, concatBytes, createAsyncQueue, fromUtf8, utf8 } from '@trireme/base';
import type { ByteStream, ContainerConfig, HttpRequest, StreamRequest } from '@trireme/ports';
import { acceptKey, createFrameDecoder, encodeFrame, opcodes } from '@trireme/streaming';
import { containerConfig, createSeededRandom, createVirtualTime, sandboxConfig } from '@trireme/testkit';
import { expect, test } from 'vitest';
import { createSimulatedRuntime } from '../simulated-runtime.ts';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';

function upgradeRequest(protocol: string, upgrade = 'websocket'): HttpRequest {
  return {
    method: 'GET',
    path: '/exec',
    headers: {
      upgrade,
      connection: 'Upgrade',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      'sec-websocket-protocol': protocol,
    },
  };
}

/** The client's half: what it sends goes to the server, what the server writes is kept as frames. */
function clientStream(): { stream: ByteStream; toServer: AsyncQueue<Bytes>; frames: [number, string][] } {
  const toServer = createAsyncQueue<Bytes>();
  const decoder = createFrameDecoder({ requireMask: false });
  const frames: [number, string][] = [];
  const stream: ByteStream = {
    incoming: toServer,
    write: async (bytes) => {
      for (const { opcode, payload } of decoder.push(bytes)) {
        if (opcode === opcodes.binary && payload.length === 1) continue;
        if (opcode === opcodes.binary) frames.push([payload[0] ?? -1, fromUtf8(payload.subarray(1))]);
        else if (opcode === opcodes.close) frames.push([-1, String(((payload[0] ?? 0) << 8) | (payload[1] ?? 0))]);
        else frames.push([-opcode, fromUtf8(payload)]);
      }
    },
    end: () => undefined,
    destroy: () => undefined,
  };
  return { stream, toServer, frames };
}

const mask = new Uint8Array([1, 2, 3, 4]);
const message = (channel: number, text: string): Bytes =>
  encodeFrame(opcodes.binary, concatBytes([new Uint8Array([channel]), utf8(text)]), mask);

async function setup(command: readonly string[] = [], more: Partial<ContainerConfig> = {}) {
  const time = createVirtualTime();
  const options = {
    images: { web: { serve: (_port: number, path: string) => ({ status: 200, body: `page ${path}` }) } },
  };
  const runtime = createSimulatedRuntime({ time, random: createSeededRandom(7), options });
  const config = sandboxConfig('web');
  const going = (async () => {
    await runtime.pullImage('web');
    const sandboxId = await runtime.runPodSandbox(config);
    const id = await runtime.createContainer(sandboxId, containerConfig('web', { command, ...more }), config);
    await runtime.startContainer(id);
    return { sandboxId, id };
  })();
  await time.advance(1000);
  return { time, runtime, ...(await going) };
}

const execOf = (containerId: string, command: readonly string[], more: object = {}): StreamRequest => ({
  kind: 'exec',
  containerId,
  command,
  stdin: false,
  stdout: true,
  stderr: true,
  tty: false,
  ...more,
});

test('the accept key is the one of RFC 6455', () => {
  expect(acceptKey(key)).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});

test('exec answers 101 and sends output, then the exit status, then closes', async () => {
  const { runtime, id, time } = await setup();
  const response = await runtime.stream(
    execOf(id, ['sh', '-c', 'echo out; echo err >&2; exit 3']),
    upgradeRequest('v5.channel.k8s.io, v4.channel.k8s.io'),
  );
  expect(response.status).toBe(101);
  expect(response.headers['sec-websocket-protocol']).toBe('v5.channel.k8s.io');
  const { stream, frames } = clientStream();
  response.onUpgrade?.(stream);
  await time.advance(10);
  expect(frames.map(([channel]) => channel)).toEqual([1, 2, 3, -1]);
  expect(frames[0]).toEqual([1, 'out\n']);
  expect(JSON.parse(frames[2]?.[1] ?? '')).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '3' }] },
  });
  expect(frames[3]).toEqual([-1, '1000']);
});

test('cat copies stdin until the client closes the channel; pings are answered', async () => {
  const { runtime, id, time } = await setup();
  const response = await runtime.stream(execOf(id, ['cat'], { stdin: true }), upgradeRequest('v5.channel.k8s.io'));
  const { stream, toServer, frames } = clientStream();
  response.onUpgrade?.(stream);
  const whole = concatBytes([message(0, 'one'), encodeFrame(opcodes.ping, utf8('p'), mask), message(0, 'two')]);
  for (const byte of whole) toServer.push(new Uint8Array([byte]));
  toServer.push(encodeFrame(opcodes.binary, new Uint8Array([255, 0]), mask));
  await time.settle();
  await time.settle();
  expect(frames).toEqual([
    [1, 'one'],
    [-opcodes.pong, 'p'],
    [1, 'two'],
    [3, '{"metadata":{},"status":"Success"}'],
    [-1, '1000'],
  ]);
});

test('a shell on a terminal prompts, echoes and ends with its last code', async () => {
  const { runtime, id, time } = await setup();
  const request = execOf(id, ['sh'], { stdin: true, tty: true });
  const { stream, toServer, frames } = clientStream();
  (await runtime.stream(request, upgradeRequest('v4.channel.k8s.io'))).onUpgrade?.(stream);
  toServer.push(message(0, 'hostname\r'));
  await time.advance(10);
  toServer.push(message(0, 'exit 4\r'));
  await time.advance(10);
  expect(
    frames
      .filter(([channel]) => channel === 1)
      .map(([, text]) => text)
      .join(''),
  ).toBe('/ # hostname\r\nweb\r\n/ # exit 4\r\n');
  expect(frames.at(-2)?.[1]).toContain('"message":"4"');
});

test('attach shows what comes, and ends with the container', async () => {
  const { runtime, id, time } = await setup(['sh', '-c', 'while true; do echo tick; sleep 1; done']);
  const { stream, frames } = clientStream();
  const request: StreamRequest = {
    kind: 'attach',
    containerId: id,
    stdin: false,
    stdout: true,
    stderr: true,
    tty: false,
  };
  (await runtime.stream(request, upgradeRequest('v4.channel.k8s.io'))).onUpgrade?.(stream);
  await time.advance(2000);
  runtime.crash(id, 1);
  await time.settle();
  expect(frames.map(([channel]) => channel)).toEqual([1, 1, 3, -1]);
});

test('a shell that a client is attached to ends, and its container with it', async () => {
  const { runtime, id, time } = await setup(['sh'], { stdin: true, stdinOnce: true });
  const { stream, toServer, frames } = clientStream();
  const request: StreamRequest = {
    ...{ kind: 'attach', containerId: id, tty: false },
    stdin: true,
    stdout: true,
    stderr: true,
  };
  (await runtime.stream(request, upgradeRequest('v5.channel.k8s.io'))).onUpgrade?.(stream);
  toServer.push(message(0, 'hostname\nexit 3\n'));
  await time.advance(10);
  expect(frames[0]).toEqual([1, 'web\n']);
  expect(frames[1]).toEqual([3, '{"metadata":{},"status":"Success"}']);
  expect(await runtime.containerStatus(id)).toMatchObject({ state: 'exited', exitCode: 3, reason: 'Error' });
});

test('port-forward refuses where nothing listens, with the words of containerd', async () => {
  const { runtime, sandboxId, time } = await setup();
  runtime.registerImage('web', { serve: () => undefined });
  const { stream, frames } = clientStream();
  const request: StreamRequest = { kind: 'port-forward', sandboxId, ports: [8080] };
  (await runtime.stream(request, upgradeRequest('v4.channel.k8s.io'))).onUpgrade?.(stream);
  await time.settle();
  expect(frames.at(-1)).toEqual([
    1,
    expect.stringMatching(
      /^error forwarding port 8080 to pod \w+, uid : failed to execute portforward in network namespace .*connection refused/,
    ),
  ]);
});

test('port-forward announces its ports and carries HTTP', async () => {
  const { runtime, sandboxId, time } = await setup();
  const { stream, toServer, frames } = clientStream();
  const request: StreamRequest = { kind: 'port-forward', sandboxId, ports: [8080] };
  (await runtime.stream(request, upgradeRequest('v4.channel.k8s.io'))).onUpgrade?.(stream);
  toServer.push(message(0, 'GET /x HTTP/1.1\r\nhost: a\r\n\r\n'));
  await time.settle();
  expect(frames.map(([channel]) => channel)).toEqual([0, 1, 0]);
  expect(frames[2]?.[1]).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\npage \/x$/s);
});

test.each([
  ['SPDY without a version', upgradeRequest('', 'SPDY/3.1'), 400, 'X-Stream-Protocol-Version is required'],
  ['an unknown protocol', upgradeRequest('v1.channel.k8s.io'), 403, 'none of the WebSocket protocols'],
  ['no upgrade', { method: 'GET', path: '/', headers: {} }, 400, 'unable to upgrade'],
])('refuses %s with a clear text', async (_name, request, status, text) => {
  const { runtime, id } = await setup();
  const response = await runtime.stream(execOf(id, ['true']), request);
  expect(response.status).toBe(status);
  expect(fromUtf8(response.body as Bytes)).toContain(text);
});

test('a frame without a mask closes with 1002', async () => {
  const { runtime, id, time } = await setup();
  const { stream, toServer, frames } = clientStream();
  (await runtime.stream(execOf(id, ['cat'], { stdin: true }), upgradeRequest('v5.channel.k8s.io'))).onUpgrade?.(stream);
  toServer.push(encodeFrame(opcodes.binary, utf8('x')));
  await time.settle();
  expect(frames[0]).toEqual([-1, '1002']);
});

test('a command ends with its client, and with its container', async () => {
  const { runtime, id, time } = await setup();
  const forever = execOf(id, ['sh', '-c', 'while true; do sleep 1; done']);
  const left = clientStream();
  (await runtime.stream(forever, upgradeRequest('v5.channel.k8s.io'))).onUpgrade?.(left.stream);
  const stays = clientStream();
  (await runtime.stream(forever, upgradeRequest('v5.channel.k8s.io'))).onUpgrade?.(stays.stream);
  await time.advance(10_000);
  expect(time.pending).toBe(2);
  left.toServer.end();
  await time.advance(0);
  expect(time.pending).toBe(1);
  runtime.crash(id);
  await time.settle();
  expect(stays.frames[0]?.[1]).toContain('"message":"137"');
  expect(time.pending).toBe(0);
});
