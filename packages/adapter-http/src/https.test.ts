import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { Worker } from 'node:worker_threads';
import { fromUtf8, utf8 } from '@trireme/base';
import {
  type HttpHandler,
  type HttpRequest,
  type HttpTransport,
  type Peer,
  readBody,
  silentLogger,
} from '@trireme/ports';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClientTls, createHttpsServer, createHttpsTransport, type HttpsServer } from './index.ts';
import { createTestAuthority, type TestAuthority, type TestCertificate } from './testing/certificates.ts';

let authority: TestAuthority;
let serverTls: TestCertificate;
let clientTls: TestCertificate;
const open: (() => Promise<void> | undefined)[] = [];

beforeAll(async () => {
  authority = await createTestAuthority('test-ca');
  serverTls = await authority.issue('server');
  clientTls = await authority.issue('alice', ['dev', 'system:masters']);
});

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function serve(handler: HttpHandler): Promise<HttpsServer> {
  const server = await createHttpsServer({
    handler,
    listen: [{ host: '127.0.0.1', port: 0 }],
    tls: { ...serverTls, clientCa: authority.cert },
    logger: silentLogger,
  });
  open.push(() => server.close(0));
  return server;
}

const urlOf = (server: HttpsServer): string => `https://127.0.0.1:${server.addresses[0]?.port}`;

function clientOf(endpoints: readonly string[], tls: ClientTls = {}): HttpTransport {
  const transport = createHttpsTransport({ endpoints, tls: { ca: authority.cert, ...tls }, connectTimeoutMs: 1000 });
  open.push(() => transport.close?.());
  return transport;
}

async function textOf(transport: HttpTransport, request: Partial<HttpRequest>): Promise<string> {
  const response = await transport.request({ method: 'GET', path: '/', headers: {}, ...request });
  return fromUtf8((await readBody(response.body, 1 << 24)) ?? new Uint8Array(0));
}

const echo: HttpHandler = async (request) => {
  const body = await readBody(request.body, 1 << 20);
  return { status: body ? 200 : 413, headers: {}, body: utf8(`${request.method} ${request.path} ${body?.length}`) };
};

describe('requests', () => {
  it('carry method, path and a body, whole or streamed', async () => {
    const client = clientOf([urlOf(await serve(echo))]);
    expect(await textOf(client, { path: '/a?b=1' })).toBe('GET /a?b=1 0');
    expect(await textOf(client, { method: 'POST', body: utf8('hello') })).toBe('POST / 5');
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield utf8('abc');
      yield utf8('def');
    }
    expect(await textOf(client, { method: 'POST', body: pieces() })).toBe('POST / 6');
  });

  it('come over one connection as soon as the large answer before is there', async () => {
    const sizeBytes = 400_000;
    const server = await serve(async (request) => {
      await readBody(request.body, 1 << 20);
      await new Promise((resolve) => setImmediate(resolve));
      return { status: 200, headers: {}, body: new Uint8Array(sizeBytes) };
    });
    // Over HTTP/1.1, in a thread of its own: it must be faster than the server's own turn.
    const program = `
      const { Agent, request } = require('node:https');
      const { url, ca, sizeBytes } = require('node:worker_threads').workerData;
      const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
      const ask = () => new Promise((resolve, reject) => {
        const outgoing = request(url, { method: 'POST', agent }, (answer) => {
          answer.on('data', () => undefined).once('end', resolve).once('error', reject);
        });
        outgoing.once('error', reject).end(Buffer.alloc(sizeBytes));
      });
      (async () => { for (let i = 0; i < 150; i++) await ask(); })().finally(() => agent.destroy());
    `;
    const workerData = { url: urlOf(server), ca: authority.cert, sizeBytes };
    const client = new Worker(program, { eval: true, workerData });
    await once(client, 'exit');
  });

  it('that are too large still get their answer', async () => {
    const client = clientOf([urlOf(await serve(echo))]);
    expect(await textOf(client, { method: 'POST', body: new Uint8Array(3 << 20) })).toBe('POST / undefined');
  });

  it('become a 500 that tells nothing where the handler throws', async () => {
    const client = clientOf([urlOf(await serve(() => Promise.reject(new Error('secret'))))]);
    const response = await client.request({ method: 'GET', path: '/', headers: {} });
    expect(response.status).toBe(500);
    expect(fromUtf8((await readBody(response.body, 1000)) ?? utf8(''))).not.toContain('secret');
  });
});

describe('the peer', () => {
  const peerOf = async (tls: { cert?: string; key?: string }): Promise<Peer> => {
    const server = await serve(async (_request, peer) => ({
      status: 200,
      headers: {},
      body: utf8(JSON.stringify(peer)),
    }));
    return JSON.parse(await textOf(clientOf([urlOf(server)], tls), {})) as Peer;
  };

  it('is named by its verified certificate, with every organization', async () => {
    const peer = await peerOf(clientTls);
    expect(peer.certificate?.commonName).toBe('alice');
    expect(peer.certificate?.organizations).toEqual(['dev', 'system:masters']);
    expect(peer.certificate?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(peer.address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('is nobody without a certificate', async () => {
    expect((await peerOf({})).certificate).toBeUndefined();
  });

  it('is nobody with a certificate of another authority, and the reason is told', async () => {
    const stranger = await (await createTestAuthority('other-ca')).issue('alice');
    const peer = await peerOf(stranger);
    expect(peer.certificate).toBeUndefined();
    expect(peer.certificateError).toBeTruthy();
  });
});

describe('a streamed answer', () => {
  it('arrives piece by piece, and the handler learns when the client leaves', async () => {
    let left = false;
    const server = await serve(async (request) => ({
      status: 200,
      headers: {},
      body: (async function* () {
        try {
          yield utf8('first');
          await new Promise<void>((resolve) => request.signal?.addEventListener('abort', resolve));
        } finally {
          left = true;
        }
      })(),
    }));
    const response = await clientOf([urlOf(server)]).request({ method: 'GET', path: '/', headers: {} });
    for await (const piece of response.body as AsyncIterable<Uint8Array>) {
      expect(fromUtf8(piece)).toBe('first');
      break;
    }
    await expect.poll(() => left).toBe(true);
  });

  it('lets go of a source that waits for its next piece when the client leaves', async () => {
    let released = false;
    const waiting: AsyncIterableIterator<Uint8Array> = {
      [Symbol.asyncIterator]: () => waiting,
      next: () => new Promise(() => undefined),
      async return() {
        released = true;
        return { done: true, value: undefined };
      },
    };
    const server = await serve(async () => ({ status: 200, headers: {}, body: waiting }));
    const response = await clientOf([urlOf(server)]).request({ method: 'GET', path: '/', headers: {} });
    expect(response.status).toBe(200);
    await (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]().return?.();
    (response.body as unknown as { destroy(): void }).destroy();
    await expect.poll(() => released).toBe(true);
  });

  it('is not read faster than the client takes it', async () => {
    let made = 0;
    const server = await serve(async () => ({
      status: 200,
      headers: {},
      body: (async function* () {
        for (; made < 1000; made++) yield new Uint8Array(256 * 1024);
      })(),
    }));
    const response = await clientOf([urlOf(server)]).request({ method: 'GET', path: '/', headers: {} });
    const reader = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    await reader.next();
    await expect.poll(() => made > 0).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBeLessThan(200);
    await reader.return?.();
  });

  it('is compressed where the server allows and the client asks', async () => {
    const server = await serve(async () => ({
      status: 200,
      headers: {},
      body: new Uint8Array(1 << 20),
      compressible: true,
    }));
    const client = clientOf([urlOf(server)]);
    const plain = await client.request({ method: 'GET', path: '/', headers: {} });
    expect(plain.headers['content-encoding']).toBeUndefined();
    const small = await client.request({ method: 'GET', path: '/', headers: { 'accept-encoding': 'gzip' } });
    expect(small.headers['content-encoding']).toBe('gzip');
    expect((await readBody(small.body, 1 << 20))?.length).toBeLessThan(10_000);
    await readBody(plain.body, 1 << 24);
  });
});

describe('HTTP/2', () => {
  it('is served on the same port, with the same peer', async () => {
    const server = await serve(async (request, peer) => ({
      status: 201,
      headers: { 'x-peer': peer.certificate?.commonName ?? '' },
      body: utf8(`${request.method} ${(await readBody(request.body, 100))?.length}`),
    }));
    const session = connectHttp2(urlOf(server), { ca: authority.cert, ...clientTls });
    const stream = session.request({ ':path': '/x', ':method': 'POST' });
    stream.end('four');
    const head = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
    let text = '';
    for await (const piece of stream) text += String(piece);
    expect([head[':status'], head['x-peer'], text]).toEqual([201, 'alice', 'POST 4']);
    session.destroy();
  });
});

describe('an upgrade', () => {
  it('becomes a stream of bytes in both directions', async () => {
    const server = await serve(async (request) => ({
      status: 101,
      headers: { connection: 'Upgrade', upgrade: request.headers.upgrade ?? '' },
      body: utf8(''),
      onUpgrade: (stream) => {
        void (async () => {
          for await (const piece of stream.incoming) await stream.write(utf8(fromUtf8(piece).toUpperCase()));
          stream.end();
        })();
      },
    }));
    const response = await clientOf([urlOf(server)]).request({
      method: 'POST',
      path: '/exec',
      headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
    });
    expect([response.status, response.headers.upgrade]).toEqual([101, 'SPDY/3.1']);
    await response.stream?.write(utf8('hello'));
    response.stream?.end();
    let text = '';
    for await (const piece of response.stream?.incoming ?? []) text += fromUtf8(piece);
    expect(text).toBe('HELLO');
  });

  it('that is refused is an ordinary answer', async () => {
    const server = await serve(async () => ({ status: 403, headers: { 'x-a': 'b' }, body: utf8('no') }));
    const client = clientOf([urlOf(server)]);
    const headers = { connection: 'Upgrade', upgrade: 'websocket' };
    const response = await client.request({ method: 'GET', path: '/', headers });
    expect([response.status, response.headers['x-a']]).toEqual([403, 'b']);
    expect(fromUtf8((await readBody(response.body, 100)) ?? utf8(''))).toBe('no');
  });
});

describe('several endpoints', () => {
  it('are tried in turn when one cannot be reached, writes too', async () => {
    const dead = await serve(echo);
    const deadUrl = urlOf(dead);
    await dead.close(0);
    const client = clientOf([deadUrl, urlOf(await serve(echo))]);
    expect(await textOf(client, { method: 'POST', body: utf8('abc') })).toBe('POST / 3');
  });

  it('repeat a read that broke off, and never a write', async () => {
    const seen: string[] = [];
    const upgradeless = await serve(async (request) => {
      seen.push(request.method);
      return await new Promise(() => undefined);
    });
    const alive = await serve(echo);
    const cut = (): void => {
      void upgradeless.close(0);
    };
    const client = clientOf([urlOf(upgradeless), urlOf(alive)]);
    const write = client.request({ method: 'POST', path: '/', headers: {}, body: utf8('x') });
    const read = textOf(client, {});
    await expect.poll(() => seen.length).toBe(2);
    cut();
    await expect(write).rejects.toMatchObject({ code: 'broken-off' });
    expect(await read).toBe('GET / 0');
  });

  it('give a coded error when none can be reached', async () => {
    const client = clientOf(['https://127.0.0.1:1']);
    await expect(textOf(client, {})).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('certificates', () => {
  it('are replaced while the server runs', async () => {
    const server = await serve(echo);
    const other = await createTestAuthority('next-ca');
    server.reloadTls({ ...(await other.issue('server')), clientCa: other.cert });
    await expect(textOf(clientOf([urlOf(server)]), {})).rejects.toMatchObject({ code: 'unreachable' });
    expect(await textOf(clientOf([urlOf(server)], { ca: other.cert }), {})).toBe('GET / 0');
  });
});
