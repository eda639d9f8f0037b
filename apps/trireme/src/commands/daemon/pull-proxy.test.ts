import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { silentLogger } from '@trireme/ports';
import { afterEach, expect, it } from 'vitest';
import { startPullProxy } from './pull-proxy.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function raise() {
  const registry = createServer((request, response) => response.end(`you asked for ${request.url}`)).listen(
    0,
    '127.0.0.1',
  );
  await once(registry, 'listening');
  const proxy = await startPullProxy('127.0.0.1', 0, silentLogger);
  open.push(registry, proxy);
  return { registry: (registry.address() as AddressInfo).port, proxy: (proxy.address() as AddressInfo).port };
}

async function talk(port: number, ...texts: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  for (const text of texts) {
    const before = answer.length;
    socket.write(text);
    while (answer.length === before && !socket.closed)
      await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  }
  socket.destroy();
  return answer;
}

it('carries bytes to where CONNECT asks', async () => {
  const { registry, proxy } = await raise();
  const answer = await talk(
    proxy,
    `CONNECT 127.0.0.1:${registry} HTTP/1.1\r\n\r\n`,
    'GET /v2/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 Connection Established\r\n\r\nHTTP\/1\.1 200 OK/);
  expect(answer).toContain('you asked for /v2/');
});

it.each([
  ['a plain request', 'GET http://127.0.0.1/ HTTP/1.1\r\nhost: x\r\n\r\n', '405'],
  ['nonsense', 'CONNECT nowhere HTTP/1.1\r\n\r\n', '403'],
  ['a port that nobody listens on', 'CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n', '502'],
])('refuses %s', async (_, request, code) => {
  const { proxy } = await raise();
  expect(await talk(proxy, request)).toContain(`HTTP/1.1 ${code}`);
});
