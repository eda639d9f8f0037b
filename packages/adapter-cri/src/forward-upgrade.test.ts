import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Bytes, createAsyncQueue, fromUtf8, utf8 } from '@trireme/base';
import type { Headers } from '@trireme/ports';
import { afterEach, expect, test } from 'vitest';
import { forwardUpgrade } from './forward-upgrade.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A streaming server that upgrades and then echoes, or refuses with the given status. */
async function start(refusal?: {
  status: number;
  body: string;
}): Promise<{ url: string; seen: IncomingHttpHeaders[] }> {
  const seen: IncomingHttpHeaders[] = [];
  const made = createServer();
  server = made;
  made.on('upgrade', (request, socket) => {
    seen.push(request.headers);
    if (refusal) {
      const length = Buffer.byteLength(refusal.body);
      socket.end(`HTTP/1.1 ${refusal.status} No\r\nContent-Length: ${length}\r\n\r\n${refusal.body}`);
      return;
    }
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\nhello ');
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(made.address() as AddressInfo).port}/exec/token`, seen };
}

const ask = (url: string, headers: Headers) =>
  forwardUpgrade(url, { method: 'POST', path: '/ignored', headers: { connection: 'Upgrade', ...headers } });

test('an upgrade joins the client to the server, and what proves the client stays behind', async () => {
  const { url, seen } = await start();
  const response = await ask(url, {
    upgrade: 'SPDY/3.1',
    authorization: 'Bearer secret',
    'x-stream-protocol-version': 'v5.channel.k8s.io, v4.channel.k8s.io',
  });
  expect(response.status).toBe(101);
  expect(response.headers.upgrade).toBe('SPDY/3.1');
  expect(seen[0]).toMatchObject({
    upgrade: 'SPDY/3.1',
    'x-stream-protocol-version': 'v5.channel.k8s.io, v4.channel.k8s.io',
  });
  expect(seen[0]?.authorization).toBeUndefined();
  const incoming = createAsyncQueue<Bytes>();
  let written = '';
  const ended = new Promise<void>((resolve) => {
    response.onUpgrade?.({
      incoming,
      write: async (bytes) => {
        written += fromUtf8(bytes);
      },
      end: resolve,
      destroy: resolve,
    });
  });
  incoming.push(utf8('world'));
  await expect.poll(() => written).toBe('hello world');
  incoming.end();
  await ended;
});

test.each([
  [404, 'gone', 404, 'gone'],
  [200, 'odd', 502, 'odd'],
  [403, 'why', 403, 'why'],
  [403, '', 400, 'the container runtime does not speak the WebSocket protocol v5.channel.k8s.io\n'],
])('a refusal with %i %j reaches the client as %i', async (status, body, seenStatus, text) => {
  const { url } = await start({ status, body });
  const response = await ask(url, { upgrade: 'websocket', 'sec-websocket-protocol': 'v5.channel.k8s.io' });
  expect([response.status, fromUtf8(response.body as Bytes)]).toEqual([seenStatus, text]);
  expect(response.stream).toBeUndefined();
});

test('a streaming server that is not there is unavailable', async () => {
  await expect(ask('http://127.0.0.1:1/x', { upgrade: 'websocket' })).rejects.toMatchObject({ code: 'unavailable' });
});
