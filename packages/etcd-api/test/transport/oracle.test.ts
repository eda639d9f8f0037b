import { connect } from 'node:http2';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { createDeferred } from '@trireme/base';
import { KvError } from '@trireme/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { RpcError } from '../../src/mapping/index.ts';
import type { RpcMethod } from '../../src/service/index.ts';
import type { GrpcServerOptions } from '../../src/transport/index.ts';
import { echo, openEcho, streams, type Text, textCodec, unary } from './echo-server.ts';

// A client of gRPC that others wrote says whether what is spoken here is gRPC.

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(methods: readonly RpcMethod[], more: Partial<GrpcServerOptions> = {}) {
  const server = await openEcho(methods, more);
  const options = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
  const client = new Client(new URL(server.url).host, credentials.createInsecure(), options);
  cleanups.push(server.close, () => client.close());
  return { server, client };
}

const { encodeRequest, decodeResponse } = textCodec('/test.Echo/Bidi');

interface Answer {
  readonly code: number;
  readonly text: string;
}

function call(
  client: Client,
  name: string,
  text: string,
  { deadlineMs, metadata = new Metadata() }: { deadlineMs?: number; metadata?: Metadata } = {},
): Promise<Answer> {
  const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
  return new Promise((resolve) => {
    const done = (error: ServiceError | null, answer?: object): void =>
      resolve(error ? { code: error.code, text: error.details } : { code: 0, text: (answer as Text).text });
    const path = `/test.Echo/${name}`;
    client.makeUnaryRequest(path, encodeRequest, decodeResponse, { text }, metadata, options, done);
  });
}

async function collect(stream: AsyncIterable<object>): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of stream) texts.push((message as Text).text);
  return texts;
}

describe('a client of gRPC', { timeout: 5_000 }, () => {
  it('calls methods of one message', async () => {
    const { client } = await open([echo]);
    const texts = ['', 'hello', 'x'.repeat(100_000), 'y'.repeat(900_000)];
    const answers = await Promise.all(texts.map((text) => call(client, 'Unary', text)));
    expect(answers.map(({ code, text }) => [code, text.length])).toEqual(texts.map((text) => [0, text.length]));
  });

  it('calls methods with a stream either way, and both ways', async () => {
    const methods = [
      streams('ServerStream', async (requests, send) => {
        for await (const request of requests)
          for (let i = 0; i < 3; i++) await send({ text: `${(request as Text).text}${i}` });
      }),
      streams('ClientStream', async (requests, send) => {
        await send({ text: (await collect(requests)).join('+') });
      }),
      streams('Bidi', async (requests, send) => {
        for await (const request of requests) await send(request);
      }),
    ];
    const { client } = await open(methods);
    const one = client.makeServerStreamRequest('/test.Echo/ServerStream', encodeRequest, decodeResponse, { text: 'a' });
    expect(await collect(one)).toEqual(['a0', 'a1', 'a2']);

    const summed = createDeferred<string>();
    const many = client.makeClientStreamRequest(
      '/test.Echo/ClientStream',
      encodeRequest,
      decodeResponse,
      (error, sum) => (error ? summed.reject(error) : summed.resolve((sum as Text).text)),
    );
    for (const text of ['a', 'b', 'c']) many.write({ text });
    many.end();
    expect(await summed.promise).toBe('a+b+c');

    const both = client.makeBidiStreamRequest('/test.Echo/Bidi', encodeRequest, decodeResponse);
    const texts = Array.from({ length: 500 }, (_, i) => `${i}:${'z'.repeat(i)}`);
    for (const text of texts) both.write({ text });
    both.end();
    expect(await collect(both)).toEqual(texts);
  });

  it.each([
    [new RpcError('failed-precondition', 'etcdserver: not leader'), 9, 'etcdserver: not leader'],
    [new KvError('compacted', 'ours'), 11, 'etcdserver: mvcc: required revision has been compacted'],
    [new RpcError('not-found', '100 % ünïcode\nand more'), 5, '100 % ünïcode\nand more'],
    [new TypeError('broken'), 2, 'broken'],
  ])('hears of %s', async (error, code, text) => {
    const fail = async (): Promise<never> => {
      throw error;
    };
    const { client } = await open([
      unary('Unary', fail),
      streams('Bidi', async (_requests, send) => {
        await send({ text: 'first' });
        throw error;
      }),
    ]);
    expect(await call(client, 'Unary', 'a')).toEqual({ code, text });
    const both = client.makeBidiStreamRequest('/test.Echo/Bidi', encodeRequest, decodeResponse);
    await expect(collect(both)).rejects.toMatchObject({ code, details: text });
  });

  it.each([
    ['/test.Echo/Nothing', 'unknown method Nothing for service test.Echo'],
    ['/test.Other/Unary', 'unknown service test.Other'],
    ['/nonsense', 'malformed method name: "/nonsense"'],
  ])('is told that %s is not here', async (path, text) => {
    const { client } = await open([echo]);
    const answer = new Promise<ServiceError | null>((resolve) => {
      client.makeUnaryRequest(path, encodeRequest, decodeResponse, { text: 'a' }, resolve);
    });
    expect(await answer).toMatchObject({ code: 12, details: text });
  });

  it('is refused with what is too large, before it was sent', async () => {
    const { client } = await open([echo], { maxRequestBytes: 1_000 });
    const text = 'etcdserver: request is too large';
    expect(await call(client, 'Unary', 'x'.repeat(1_001))).toEqual({ code: 3, text });
    const far = await call(client, 'Unary', 'x'.repeat(50_000_000));
    expect(far).toEqual({ code: 8, text: 'grpc: received message larger than max (50000000 vs. 525288)' });
    expect(await call(client, 'Unary', 'still there')).toEqual({ code: 0, text: 'still there' });
  });

  it('is told what its codec cannot read', async () => {
    const { client } = await open([echo]);
    const path = '/test.Echo/Unary';
    const answer = new Promise<ServiceError | null>((resolve) => {
      client.makeUnaryRequest(path, () => Buffer.from([0xff]), decodeResponse, { text: '' }, resolve);
    });
    expect(await answer).toMatchObject({ code: 13, details: 'grpc: error unmarshalling request: no text' });
  });

  it('may compress its messages', async () => {
    const server = await openEcho([echo]);
    const options = { 'grpc.default_compression_algorithm': 2 };
    const client = new Client(new URL(server.url).host, credentials.createInsecure(), options);
    cleanups.push(server.close, () => client.close());
    const text = 'a'.repeat(50_000);
    expect(await call(client, 'Unary', text)).toEqual({ code: 0, text });
  });

  it('gives its metadata to the method', async () => {
    const { client } = await open([
      unary('Unary', async (_request, _signal, caller) => ({
        text: `${caller?.metadata('hasleader')} ${caller?.metadata('other')} ${caller?.certificate}`,
      })),
    ]);
    const metadata = new Metadata();
    metadata.set('hasleader', 'true');
    expect((await call(client, 'Unary', '', { metadata })).text).toBe('true undefined undefined');
  });
});

describe('a call that ends before its answer', { timeout: 5_000 }, () => {
  it('tells its handler when its time is over', async () => {
    const aborted = createDeferred<void>();
    const { client } = await open([
      unary('Unary', (_request, signal) => {
        signal.addEventListener('abort', aborted.resolve);
        return new Promise(() => undefined);
      }),
    ]);
    expect((await call(client, 'Unary', '', { deadlineMs: 50 })).code).toBe(4);
    await aborted.promise;
  });

  it('tells its handlers when the caller leaves', async () => {
    const aborted = [createDeferred<void>(), createDeferred<void>()] as const;
    const started = [createDeferred<void>(), createDeferred<void>()] as const;
    const { client } = await open([
      unary('Unary', (_request, signal) => {
        started[0].resolve();
        signal.addEventListener('abort', aborted[0].resolve);
        return new Promise(() => undefined);
      }),
      streams('Bidi', async (requests, _send, signal) => {
        started[1].resolve();
        signal.addEventListener('abort', aborted[1].resolve);
        await collect(requests);
        await aborted[1].promise;
      }),
    ]);
    const one = client.makeUnaryRequest(
      '/test.Echo/Unary',
      encodeRequest,
      decodeResponse,
      { text: '' },
      () => undefined,
    );
    const both = client.makeBidiStreamRequest('/test.Echo/Bidi', encodeRequest, decodeResponse);
    both.on('error', () => undefined);
    both.write({ text: 'a' });
    await Promise.all(started.map(({ promise }) => promise));
    one.cancel();
    both.cancel();
    await Promise.all(aborted.map(({ promise }) => promise));
  });

  it('tells its handlers when the connection is lost', async () => {
    const aborted = createDeferred<void>();
    const started = createDeferred<void>();
    const { server } = await open([
      streams('Bidi', async (_requests, _send, signal) => {
        signal.addEventListener('abort', aborted.resolve);
        started.resolve();
        await aborted.promise;
      }),
    ]);
    const session = connect(server.url);
    const headers = { ':method': 'POST', ':path': '/test.Echo/Bidi', 'content-type': 'application/grpc' };
    session.request(headers, { endStream: false }).on('error', () => undefined);
    await started.promise;
    session.destroy();
    await aborted.promise;
  });

  it('is ended when the server closes, once what is being answered was answered', async () => {
    const started = createDeferred<void>();
    const finish = createDeferred<void>();
    const { client, server } = await open([
      unary('Unary', async (request) => {
        started.resolve();
        await finish.promise;
        return request;
      }),
      streams('Bidi', async (requests) => void (await collect(requests))),
    ]);
    const both = client.makeBidiStreamRequest('/test.Echo/Bidi', encodeRequest, decodeResponse);
    const ended = expect(collect(both)).rejects.toMatchObject({ code: 14, details: 'etcdserver: server stopped' });
    const answer = call(client, 'Unary', 'late');
    await started.promise;
    const closed = server.close();
    await ended;
    finish.resolve();
    expect(await answer).toEqual({ code: 0, text: 'late' });
    await closed;
  });

  it('is cut off when it does not end in time after the server closed', async () => {
    const started = createDeferred<void>();
    const { client, server } = await open([
      unary('Unary', () => {
        started.resolve();
        return new Promise(() => undefined);
      }),
    ]);
    const answer = call(client, 'Unary', '');
    await started.promise;
    await server.close();
    expect((await answer).code).toBe(14);
  });
});

describe('a stream', { timeout: 10_000 }, () => {
  it('is held back when its reader is slow, and loses nothing', async () => {
    let sent = 0;
    const text = 'x'.repeat(10_000);
    const { client } = await open([
      streams('ServerStream', async (_requests, send) => {
        for (; sent < 2_000; sent++) await send({ text });
      }),
    ]);
    const path = '/test.Echo/ServerStream';
    const stream = client.makeServerStreamRequest(path, encodeRequest, decodeResponse, { text: '' });
    const reading = stream[Symbol.asyncIterator]();
    await reading.next();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const held = sent;
    expect(held).toBeLessThan(1_000);
    let read = 1;
    while (!(await reading.next()).done) read += 1;
    expect(read).toBe(2_000);
  });

  it('holds its caller back when its handler is slow, and loses nothing', async () => {
    const go = createDeferred<void>();
    const total = createDeferred<number>();
    const { client } = await open([
      streams('ClientStream', async (requests, send) => {
        await go.promise;
        const texts = await collect(requests);
        total.resolve(texts.length);
        await send({ text: '' });
      }),
    ]);
    const path = '/test.Echo/ClientStream';
    const stream = client.makeClientStreamRequest(path, encodeRequest, decodeResponse, () => undefined);
    let flushed = 0;
    for (let i = 0; i < 1_000; i++)
      stream.write({ text: 'x'.repeat(10_000) }, () => {
        flushed += 1;
      });
    stream.end();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(flushed).toBeLessThan(500);
    go.resolve();
    expect(await total.promise).toBe(1_000);
  });
});
