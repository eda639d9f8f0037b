import { createServer, type Server } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server as NetServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createProber } from './prober.ts';

const prober = createProber();
const host = '127.0.0.1';
const open: { close(): unknown }[] = [];

async function listen(server: NetServer): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

/** A port on which nothing listens any more. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function webServer(): Server {
  return createServer((request, response) => {
    if (request.url === '/slow') return;
    if (request.url === '/away') response.writeHead(302, { location: 'http://elsewhere.invalid/' }).end();
    else if (request.url === '/redirect') response.writeHead(302, { location: '/ok' }).end();
    else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else if (request.url === '/bad') response.writeHead(503).end('no');
    else response.writeHead(200).end(`${request.headers['user-agent']} ${request.headers['x-probe'] ?? ''}`);
  });
}

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

describe('the prober', () => {
  it('asks over HTTP', async () => {
    const port = await listen(webServer());
    const probe = (path: string, timeoutMs = 2000) =>
      prober.http({ scheme: 'http', host, port, path, headers: [{ name: 'X-Probe', value: 'a' }], timeoutMs });
    expect(await probe('/ok')).toEqual({ result: 'success', output: 'kube-probe/1.36 a' });
    expect(await probe('/redirect')).toMatchObject({ result: 'success' });
    expect(await probe('/away')).toMatchObject({ result: 'success' });
    expect(await probe('/loop')).toMatchObject({ result: 'failure' });
    expect(await probe('/bad')).toEqual({ result: 'failure', output: 'HTTP probe failed with statuscode: 503' });
    const slow = await probe('/slow', 50);
    expect(slow.result).toBe('failure');
    expect(slow.output).toContain('context deadline exceeded');
    const refused = await prober.http({
      scheme: 'http',
      host,
      port: await closedPort(),
      path: '/',
      headers: [],
      timeoutMs: 1000,
    });
    expect(refused.output).toMatch(
      /^Get "http:\/\/127\.0\.0\.1:\d+\/": dial tcp 127\.0\.0\.1:\d+: connect: connection refused$/,
    );
  });

  it('connects over TCP', async () => {
    const port = await listen(createTcpServer((socket) => socket.destroy()));
    expect(await prober.tcp({ host, port, timeoutMs: 1000 })).toEqual({ result: 'success', output: '' });
    const closed = await closedPort();
    expect(await prober.tcp({ host, port: closed, timeoutMs: 1000 })).toEqual({
      result: 'failure',
      output: `dial tcp 127.0.0.1:${closed}: connect: connection refused`,
    });
  });

  it('asks for health over gRPC', async () => {
    const server = createHttp2Server();
    server.on('stream', (stream: ServerHttp2Stream) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const service = Buffer.concat(parts).subarray(7).toString();
        const status = service === 'down' ? 2 : 1;
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': service === 'none' ? '12' : '0' }));
        stream.end(Buffer.from([0, 0, 0, 0, 2, 8, status]));
      });
    });
    const port = await listen(server as unknown as NetServer);
    const ask = (service: string) => prober.grpc({ host, port, service, timeoutMs: 2000 });
    expect(await ask('')).toEqual({ result: 'success', output: '' });
    expect(await ask('down')).toEqual({
      result: 'failure',
      output: 'service unhealthy (responded with "NOT_SERVING")',
    });
    expect((await ask('none')).output).toContain('does not implement the grpc health protocol');
    const refused = await prober.grpc({ host, port: await closedPort(), service: '', timeoutMs: 500 });
    expect(refused.result).toBe('failure');
  });
});
