import { fromUtf8, utf8 } from '@trireme/base';
import { createVirtualTime } from '@trireme/testkit';
import { expect, test } from 'vitest';
import { spdyClient, spdyRequest, textOf, upgraded, webSocketRequest } from '../../test/sessions.ts';
import { createFrameDecoder, encodeFrame } from '../websocket/websocket-frames.ts';
import { type RemoteCommand, type RemoteCommandRequest, serveRemoteCommand } from './serve-remote-command.ts';

const all: RemoteCommandRequest = { kind: 'exec', stdin: true, stdout: true, stderr: true, tty: false };

function exec(
  run: (remote: RemoteCommand) => Promise<number>,
  {
    request = all,
    version = 'v4.channel.k8s.io',
    cut,
  }: { request?: RemoteCommandRequest; version?: string; cut?: number } = {},
) {
  const time = createVirtualTime();
  const client = spdyClient(upgraded(serveRemoteCommand({ time }, spdyRequest(version), request, run), cut));
  return { time, client, open: (streamtype: string) => client.open({ streamType: streamtype }) };
}

const copy = async (remote: RemoteCommand): Promise<number> => {
  for await (const bytes of remote.stdin) await remote.write('stdout', bytes);
  await remote.write('stderr', utf8('done'));
  return 7;
};

const failed =
  '{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: exit status 7",' +
  '"reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}';

test.each([
  ['v4.channel.k8s.io', failed],
  ['v3.channel.k8s.io', 'command terminated with non-zero exit code: exit status 7'],
  ['v2.channel.k8s.io', 'command terminated with non-zero exit code: exit status 7'],
  ['channel.k8s.io', 'command terminated with non-zero exit code: exit status 7'],
])('exec over SPDY speaks %s', async (version, status) => {
  const { time, client, open } = exec(copy, { version });
  const error = open('error');
  const [stdin, stdout, stderr] = [open('stdin'), open('stdout'), open('stderr')];
  error.end();
  await stdin.write(utf8('to and fro'));
  stdin.end();
  expect(await Promise.all([stdout, stderr, error].map(textOf))).toEqual(['to and fro', 'done', status]);
  await client.close();
  await time.settle();
  expect(time.pending).toBe(0);
});

test('much output passes, however the connection cuts it', async () => {
  const big = 'line of output\n'.repeat(30_000);
  const { open } = exec((remote) => remote.write('stdout', utf8(big)).then(() => 0), { cut: 1777 });
  const streams = ['error', 'stdin', 'stdout', 'stderr'].map(open);
  expect(await Promise.all(streams.map(textOf))).toEqual(['{"metadata":{},"status":"Success"}', '', big, '']);
});

test('a terminal has one output, and tells its size', async () => {
  const request = { ...all, stderr: false, tty: true };
  const run = async (remote: RemoteCommand): Promise<number> => {
    for await (const { width, height } of remote.resizes) {
      await remote.write('stderr', utf8(`${width}x${height} `));
      if (height === 9) return 0;
    }
    return 1;
  };
  const { open } = exec(run, { request, cut: 3 });
  const [, , stdout, resize] = ['error', 'stdin', 'stdout', 'resize'].map(open);
  void resize?.write(utf8('{"Width":80,"Height":24}\n{"Width":0,"Height":0}\n{"Width":132,"Height":9}\n'));
  expect(stdout && (await textOf(stdout))).toBe('80x24 132x9 ');
});

test('what cannot be run at all is an internal error', async () => {
  const request = { ...all, stdin: false, stderr: false };
  const { open } = exec(() => Promise.reject(new Error('no such container')), { request });
  const [error] = ['error', 'stdout'].map(open);
  const message = 'error executing command in container: no such container';
  expect(JSON.parse((error && (await textOf(error))) ?? '')).toEqual({
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  });
});

test('a stream that was not asked for is refused', async () => {
  const { client, open } = exec(async () => 0, { request: { ...all, stdin: false } });
  const strange = open('stdin');
  await strange.closed;
  await client.close();
});

test('a client whose streams do not come is left after 30 seconds', async () => {
  let ran = false;
  const { time, client, open } = exec(async () => {
    ran = true;
    return 0;
  });
  open('error');
  await time.advance(29_999);
  expect(time.pending).toBe(1);
  await time.advance(1);
  await client.closed;
  expect(ran).toBe(false);
});

test('the command hears that its client has gone, and its end is not waited for', async () => {
  const { time, client, open } = exec(async (remote) => {
    await remote.gone;
    return 1;
  });
  for (const name of ['error', 'stdin', 'stdout', 'stderr']) open(name);
  await time.settle();
  await client.close();
  await time.settle();
  expect(time.pending).toBe(0);
});

test('a client that stays is left 10 seconds after the end', async () => {
  const { time, client, open } = exec(async () => 0);
  for (const name of ['error', 'stdin', 'stdout', 'stderr']) open(name);
  await time.advance(9_999);
  expect(time.pending).toBe(1);
  await time.advance(1);
  await client.closed;
});

test('over WebSocket the client closes its stdin by a message', async () => {
  const time = createVirtualTime();
  const request = webSocketRequest('v5.channel.k8s.io', 'v4.channel.k8s.io');
  const stream = upgraded(serveRemoteCommand({ time }, request, all, copy), 2);
  const mask = new Uint8Array([1, 2, 3, 4]);
  for (const payload of ['\0hello', '\xff\0']) {
    await stream.write(
      encodeFrame(
        2,
        Uint8Array.from(payload, (char) => char.charCodeAt(0)),
        mask,
      ),
    );
  }
  const decoder = createFrameDecoder({ requireMask: false });
  const got: string[] = [];
  for await (const bytes of stream.incoming) {
    for (const { opcode, payload } of decoder.push(bytes)) {
      got.push(opcode === 8 ? 'closed' : `${payload[0]}${fromUtf8(payload.subarray(1))}`);
    }
  }
  expect(got).toEqual(['1', '1hello', '2done', `3${failed}`, 'closed']);
});
