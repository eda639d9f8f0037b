import { connect, type OutgoingHttpHeaders } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { createDeferred } from '@trireme/base';
import { createSeededRandom } from '@trireme/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { RpcMethod } from '../../src/service/index.ts';
import type { GrpcServerOptions } from '../../src/transport/index.ts';
import { echo, framed, openEcho, streams, unary } from './echo-server.ts';
import {
  ack,
  callHeaders,
  endHeaders,
  endStream,
  field,
  frame,
  frames,
  preface,
  type RawClient,
  rawConnect,
} from './raw-client.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(methods: readonly RpcMethod[] = [echo], more: Partial<GrpcServerOptions> = {}) {
  const server = await openEcho(methods, more);
  cleanups.push(server.close);
  const connect = async (): Promise<RawClient> => {
    const client = await rawConnect(server.port);
    cleanups.push(() => client.socket.destroy());
    return client;
  };
  return { server, connect };
}

const headers = callHeaders('/test.Echo/Unary');
const call = (stream: number, body: Buffer): Buffer =>
  Buffer.concat([frame(frames.headers, endHeaders, stream, headers), frame(frames.data, endStream, stream, body)]);

/** How a call ends with that body, as 'code message'. */
function statusOf(url: string, body: Buffer, more: OutgoingHttpHeaders): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connect(url);
    const path = '/test.Echo/Unary';
    const request = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', ...more });
    request.on('response', (answer) => {
      session.close();
      resolve(`${answer['grpc-status']} ${decodeURIComponent(String(answer['grpc-message']))}`);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** The server still does its work, for somebody else. */
async function expectServes(connect: () => Promise<RawClient>): Promise<void> {
  const client = await connect();
  client.send(preface, call(1, framed('hello')));
  const data = await client.next(frames.data);
  expect(data.body).toEqual(framed('hello'));
  client.socket.destroy();
}

describe('a client that means no good', { timeout: 8_000 }, () => {
  it('is cut off when it says nothing, or does not go on', async () => {
    const { connect } = await open([echo], { limits: { handshakeTimeoutMs: 100 } });
    const silent = await connect();
    const half = await connect();
    half.send(Buffer.from('PR'));
    const noSettings = await connect();
    noSettings.send(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
    await Promise.all([silent.closed, half.closed, noSettings.closed]);
    await expectServes(connect);
  });

  it('may say its first words one byte at a time', async () => {
    const { connect } = await open();
    const client = await connect();
    const words = Buffer.concat([preface, call(1, framed('slow'))]);
    for (const byte of words) {
      client.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await client.next(frames.data)).body).toEqual(framed('slow'));
  });

  it('is cut off when it ends no header', async () => {
    const { connect } = await open();
    const client = await connect();
    client.send(preface, frame(frames.headers, 0, 1, headers));
    const more = frame(frames.continuation, 0, 1, field('x-more', 'y'.repeat(100)));
    client.send(...Array.from({ length: 2_000 }, () => more));
    await client.closed;
    await expectServes(connect);
  });

  it('is refused a list of headers without end', async () => {
    const { connect } = await open();
    const client = await connect();
    const many = Array.from({ length: 1_500 }, (_, i) => field(`x-${i}`, 'y'.repeat(60)));
    const block = Buffer.concat([headers, ...many]);
    const parts: Buffer[] = [];
    for (let at = 0; at < block.length; at += 16_000) {
      const last = at + 16_000 >= block.length;
      const type = at === 0 ? frames.headers : frames.continuation;
      parts.push(frame(type, last ? endHeaders : 0, 1, block.subarray(at, at + 16_000)));
    }
    client.send(preface, ...parts);
    await Promise.race([client.next(frames.reset), client.closed]);
    await expectServes(connect);
  });

  it('is cut off when it opens and resets calls without end, and its handlers are told', async () => {
    let aborted = 0;
    const hold = unary('Hold', (_request, signal) => {
      signal.addEventListener('abort', () => {
        aborted += 1;
      });
      return new Promise(() => undefined);
    });
    const { connect } = await open([echo, hold]);
    const client = await connect();
    client.send(preface);
    const cancel = Buffer.from([0, 0, 0, 8]);
    const held = callHeaders('/test.Echo/Hold');
    for (let stream = 1; stream < 60_000 && !client.socket.destroyed; stream += 200) {
      const flood: Buffer[] = [];
      for (let i = stream; i < stream + 200; i += 2)
        flood.push(
          frame(frames.headers, endHeaders, i, held),
          frame(frames.data, endStream, i, framed('')),
          frame(frames.reset, 0, i, cancel),
        );
      client.send(...flood);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.closed;
    expect(aborted).toBeGreaterThan(1_000);
    await expectServes(connect);
  });

  it('may reset as many calls at once as a client that stops has open', async () => {
    const { connect } = await open();
    const client = await connect();
    const cancel = Buffer.from([0, 0, 0, 8]);
    client.send(preface);
    for (let i = 1; i < 10_000; i += 2)
      client.send(frame(frames.headers, endHeaders, i, headers), frame(frames.reset, 0, i, cancel));
    client.send(call(10_001, framed('on')));
    expect((await client.next(frames.data)).body).toEqual(framed('on'));
  });

  it('is told to be calm when it pings too often', async () => {
    const { connect } = await open();
    const client = await connect();
    client.send(preface, ...Array.from({ length: 8 }, () => frame(frames.ping, 0, 0, Buffer.alloc(8))));
    const goaway = await client.next(frames.goaway);
    expect(goaway.body.readUInt32BE(4)).toBe(0xb);
    expect(goaway.body.toString('latin1', 8)).toBe('too_many_pings');
    await client.closed;
    await expectServes(connect);
  });

  it('is cut off when it is silent for long and answers no ping', async () => {
    const { connect } = await open([echo], { limits: { keepaliveIntervalMs: 50, keepaliveTimeoutMs: 50 } });
    const dead = await connect();
    dead.send(preface);
    const alive = await connect();
    alive.send(preface);
    const answer = async (): Promise<void> => {
      for (;;) {
        const { body, flags } = await alive.next(frames.ping);
        if (flags !== ack) alive.send(frame(frames.ping, ack, 0, body));
      }
    };
    answer().catch(() => undefined);
    await dead.closed;
    expect(alive.socket.destroyed).toBe(false);
  });

  it.each([
    ['a message without its end', framed('hello').subarray(0, 7), '13 unexpected EOF'],
    [
      'no message',
      Buffer.alloc(0),
      '13 cardinality violation: received no request message from non-client-streaming RPC',
    ],
    [
      'a length beyond all bounds',
      Buffer.from([0, 255, 255, 255, 255]),
      '8 grpc: received message larger than max (4294967295 vs. 1524288)',
    ],
    ['a flag that is none', framed('hello', 7), '13 grpc: received unexpected payload format 7'],
    [
      'a compression that was not named',
      framed('hello', 1),
      '13 grpc: compressed flag set with identity or empty encoding',
    ],
  ])('is answered %s', async (_what, body, status) => {
    const { server } = await open();
    expect(await statusOf(server.url, body, {})).toBe(status);
  });

  it.each([
    [{ 'grpc-encoding': 'snappy' }, '12 grpc: Decompressor is not installed for grpc-encoding "snappy"'],
    [{ 'grpc-encoding': 'gzip' }, '13 grpc: failed to decompress the received message: Error: incorrect header check'],
    [{ 'grpc-timeout': 'soon' }, '13 malformed grpc-timeout: soon'],
  ])('is answered for %o', async (headers, status) => {
    const { server } = await open();
    expect(await statusOf(server.url, framed('hello', 1), headers)).toBe(status);
  });

  it('cannot make much out of little by compression', async () => {
    const { server } = await open();
    const bomb = framed(gzipSync(Buffer.alloc(20_000_000)), 1);
    const words = '8 grpc: received message after decompression larger than max 1524288';
    expect(await statusOf(server.url, bomb, { 'grpc-encoding': 'gzip' })).toBe(words);
  });

  it('has its call ended when it does not end it itself', async () => {
    const { connect } = await open();
    const client = await connect();
    client.send(preface, frame(frames.headers, endHeaders, 1, headers), frame(frames.data, 0, 1, framed('hello')));
    expect((await client.next(frames.data)).body).toEqual(framed('hello'));
    expect((await client.next(frames.headers)).flags & endStream).toBe(endStream);
    expect((await client.next(frames.reset)).body.readUInt32BE(0)).toBe(0);
  });

  it('may send a message in pieces of a byte', async () => {
    const { connect } = await open();
    const client = await connect();
    const message = framed('x'.repeat(3_000));
    const pieces = [...message].map((byte) => frame(frames.data, 0, 1, Buffer.from([byte])));
    client.send(preface, frame(frames.headers, endHeaders, 1, headers), ...pieces, frame(frames.data, endStream, 1));
    expect((await client.next(frames.data)).body).toEqual(message);
  });

  it('cannot make the server hold what it does not read', async () => {
    const started = createDeferred<void>();
    let sent = 0;
    const { connect } = await open([
      echo,
      streams('ServerStream', async (_requests, send) => {
        started.resolve();
        for (; sent < 2_000; sent++) await send({ text: 'x'.repeat(10_000) });
      }),
    ]);
    const client = await connect();
    const path = callHeaders('/test.Echo/ServerStream');
    client.send(preface, frame(frames.headers, endHeaders, 1, path), frame(frames.data, endStream, 1, framed('')));
    await started.promise;
    await new Promise((resolve) => setTimeout(resolve, 100));
    // The window of 64 KiB that it gave, and what waits before it.
    expect(sent).toBeLessThan(50);
    client.send(call(3, framed('on')));
    await expectServes(connect);
  });

  it('cannot make the server hold many answers that it does not read', async () => {
    let asked = 0;
    const large = unary('Large', async () => {
      asked += 1;
      return { text: 'x'.repeat(1_000_000) };
    });
    const { connect } = await open([echo, large], { limits: { maxConnectionBytes: 10_000_000 } });
    const client = await connect();
    const path = callHeaders('/test.Echo/Large');
    const ask = (stream: number): Buffer =>
      Buffer.concat([
        frame(frames.headers, endHeaders, stream, path),
        frame(frames.data, endStream, stream, framed('')),
      ]);
    client.send(preface);
    for (let i = 0; i < 60; i++) {
      client.send(ask(2 * i + 1));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await client.next(frames.reset);
    expect(asked).toBeLessThan(20);
    await expectServes(connect);
  });

  it('does no harm with what makes no sense', async () => {
    const { connect } = await open();
    const random = createSeededRandom(7);
    const below = (limit: number): number => Math.floor(random.float() * limit);
    const noise = (length: number): Buffer => Buffer.from(random.bytes(length));
    for (let i = 0; i < 60; i++) {
      const client = await connect();
      const type = below(11);
      const known = frame(type, below(256), below(4), noise(below(60)));
      const start = i % 3 === 0 ? noise(40) : preface;
      client.send(start, i % 3 === 1 ? known : noise(200), call(1, framed('a')));
      client.socket.end();
      await client.closed;
    }
    await expectServes(connect);
  });

  it('does no harm by leaving in the middle', async () => {
    const { connect } = await open();
    const words = Buffer.concat([preface, call(1, framed('hello')), call(3, framed('x'.repeat(5_000)))]);
    for (let length = 1; length < words.length; length += 97) {
      const client = await connect();
      client.send(words.subarray(0, length));
      client.socket.destroy();
    }
    await expectServes(connect);
  });
});
