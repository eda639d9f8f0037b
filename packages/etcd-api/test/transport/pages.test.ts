import { mkdtemp, rm } from 'node:fs/promises';
import { get as getHttp } from 'node:http';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { get as getHttps, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Client, credentials } from '@grpc/grpc-js';
import { createAuthority, issue } from '@trireme/pki';
import { afterEach, describe, expect, it } from 'vitest';
import type { EtcdServerTls, Pages } from '../../src/transport/index.ts';
import { echo, openEcho, textCodec, unary } from './echo-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const pages: Pages = (path) => {
  if (path === '/broken') return Promise.reject(new Error('broken'));
  return path === '/health' ? Promise.resolve({ status: 200, contentType: 'application/json', body: '{}' }) : undefined;
};

async function certificates(): Promise<EtcdServerTls & { readonly clientCa: string }> {
  const nowMs = Date.now();
  const authority = await createAuthority({ subject: { commonName: 'ca' }, validDays: 1, nowMs });
  const names = { ips: ['127.0.0.1'] };
  const subject = { commonName: 'who', organizations: ['one', 'two'] };
  const { certificatePem, privateKeyPem } = await issue(authority, {
    subject,
    usages: ['server', 'client'],
    names,
    validDays: 1,
    nowMs,
  });
  return { cert: certificatePem, key: privateKeyPem, clientCa: authority.certificatePem };
}

function get(url: string, options: RequestOptions = {}): Promise<readonly [number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const begin = url.startsWith('https:') ? getHttps : getHttp;
    const request = begin(url, { ...options, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve([response.statusCode, body]));
    });
    request.on('error', reject);
  });
}

function get2(url: string, headers: IncomingHttpHeaders): Promise<readonly [number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const session = connect(url);
    session.on('error', reject);
    const request = session.request({ ...headers });
    let status: number | undefined;
    let body = '';
    request.on('response', (answer) => {
      status = answer[':status'];
    });
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      body += part;
    });
    request.on('error', reject);
    request.on('close', () => {
      session.close();
      resolve([status, body]);
    });
    request.end();
  });
}

describe('beside gRPC', { timeout: 5_000 }, () => {
  it.each([
    ['/health', 200, '{}'],
    ['/nothing', 404, '404 page not found\n'],
    ['/broken', 500, 'Internal Server Error\n'],
  ])('%s is answered over HTTP/1.1 and HTTP/2, with TLS and without', async (path, status, body) => {
    const tls = await certificates();
    const plain = await openEcho([echo], { pages });
    const secure = await openEcho([echo], { pages, tls });
    cleanups.push(plain.close, secure.close);
    const client = { ca: tls.clientCa, cert: tls.cert, key: tls.key };
    expect(await get(plain.url + path)).toEqual([status, body]);
    expect(await get(secure.url + path, client)).toEqual([status, body]);
    expect(await get2(plain.url, { ':path': path })).toEqual([status, body]);
  });

  it.each([
    [{ ':method': 'POST', ':path': '/test.Echo/Unary', 'content-type': 'application/json' }, 415],
    [{ ':method': 'POST', ':path': '/test.Echo/Unary', 'content-type': 'application/grpcish' }, 415],
    [{ ':method': 'POST', ':path': '/test.Echo/Unary' }, 415],
    [{ ':method': 'GET', ':path': '/test.Echo/Unary', 'content-type': 'application/grpc' }, 405],
    [{ ':method': 'GET', ':path': '/test.Echo/Unary' }, 404],
  ])('%o is refused', async (headers, status) => {
    const server = await openEcho([echo], { pages });
    cleanups.push(server.close);
    expect((await get2(server.url, headers))[0]).toBe(status);
  });
});

const { encodeRequest, decodeResponse } = textCodec('/test.Echo/Unary');

function echoOver(client: Client): Promise<unknown> {
  cleanups.push(() => client.close());
  return new Promise((resolve) => {
    const done = (error: unknown, answer?: object): void => resolve(error ?? answer);
    client.makeUnaryRequest('/test.Echo/Unary', encodeRequest, decodeResponse, { text: 'hello' }, done);
  });
}

describe('a listener', { timeout: 5_000 }, () => {
  it('serves at a unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'transport-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const socketPath = join(folder, 'socket');
    const server = await openEcho([echo], { listen: [{ socketPath }] });
    cleanups.push(server.close);
    expect(server.url).toBe(`unix://${socketPath}`);
    expect(await echoOver(new Client(server.url, credentials.createInsecure()))).toEqual({ text: 'hello' });
  });

  it('serves with TLS and without it beside each other, and tells who calls', async () => {
    const tls = await certificates();
    const who = unary('Unary', async (_request, _signal, caller) => ({
      text: `${caller?.certificate?.commonName} of ${caller?.certificate?.organizations.join(' and ')}`,
    }));
    const address = { host: '127.0.0.1', port: 0 };
    const server = await openEcho([who], { tls, listen: [address, { ...address, insecure: true }] });
    cleanups.push(server.close);
    const [secure = '', plain = ''] = server.urls;
    expect([new URL(secure).protocol, new URL(plain).protocol]).toEqual(['https:', 'http:']);
    const bytes = [tls.clientCa, tls.key, tls.cert].map((pem) => Buffer.from(pem)) as [Buffer, Buffer, Buffer];
    const options = { 'grpc.ssl_target_name_override': 'localhost' };
    const verify = { checkServerIdentity: () => undefined };
    const client = new Client(new URL(secure).host, credentials.createSsl(...bytes, verify), options);
    expect(await echoOver(client)).toEqual({ text: 'who of one and two' });
    const open = await echoOver(new Client(new URL(plain).host, credentials.createInsecure()));
    expect(open).toEqual({ text: 'undefined of undefined' });
  });

  it('speaks no TLS below 1.2, and lets nobody in without a certificate', async () => {
    const tls = await certificates();
    const server = await openEcho([echo], { tls, pages });
    cleanups.push(server.close);
    await expect(get(`${server.url}/health`, { ca: tls.clientCa })).rejects.toThrow();
    const old = connectTls({ port: server.port, host: '127.0.0.1', maxVersion: 'TLSv1.1', minVersion: 'TLSv1' });
    await new Promise((resolve) => old.once('error', resolve));
    const client = { ca: tls.clientCa, cert: tls.cert, key: tls.key };
    expect(await get(`${server.url}/health`, client)).toEqual([200, '{}']);
  });
});
