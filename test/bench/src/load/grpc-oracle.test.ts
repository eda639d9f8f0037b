import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterCertificates, makeCertificates } from '../store/certificates.ts';
import { type Connection, connectGrpc } from './connection.ts';
import { keyOf, putRequest } from './etcd-requests.ts';
import { createTemplate } from './template.ts';

// The public library's server is the judge of what is framed by hand.
let folder: string;
let certificates: ClusterCertificates;
let server: Server;
let connection: Connection;
const received: { readonly bytes: Buffer; readonly metadata: Metadata }[] = [];
/** Every character that may stand in a status, so that each one's Huffman code is read. */
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trireme-bench-test-'));
  certificates = await makeCertificates(folder, 1, Date.now());
  const identity = (bytes: Buffer): Buffer => bytes;
  const method = (path: string) => ({
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  });
  const definition = {
    put: method('/etcdserverpb.KV/Put'),
    fail: method('/test.T/Fail'),
  } as unknown as ServiceDefinition;
  server = new Server();
  server.addService(definition, {
    put: (call: { request: Buffer; metadata: Metadata }, callback: (error: null, answer: Buffer) => void) => {
      received.push({ bytes: call.request, metadata: call.metadata });
      callback(null, Buffer.alloc(100_000, 0x61));
    },
    fail: (_call: unknown, callback: (error: object) => void) =>
      callback({ code: 9, details: `${printable} ü`, metadata: new Metadata() }),
  });
  const files = certificates.members[0]?.serving;
  const pair = { cert_chain: readFileSync(files?.cert ?? ''), private_key: readFileSync(files?.key ?? '') };
  const credentials = ServerCredentials.createSsl(readFileSync(certificates.caFile), [pair], true);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  connection = await connectGrpc({ host: '127.0.0.1', port, tls: certificates.client }, () => performance.now());
});

afterAll(async () => {
  connection?.close();
  server?.forceShutdown();
  await rm(folder, { recursive: true, force: true });
});

function call(path: string, message: Buffer, fill: (out: Buffer, at: number) => void = () => undefined) {
  return new Promise<{ readonly sizes: number[]; readonly status: number; readonly text: string }>((resolve) => {
    const sizes: number[] = [];
    connection.start({
      template: createTemplate({ path, authority: 'localhost', scheme: 'https', message }),
      fill,
      onMessage: (_bytes, start, end) => void sizes.push(end - start),
      onEnd: (status, text) => resolve({ sizes, status, text }),
    });
    connection.flush();
  });
}

describe('Connection, beside @grpc/grpc-js', () => {
  it('makes calls that its server understands, and reads its answers of several frames', async () => {
    const request = putRequest(keyOf(0), Buffer.alloc(256, 5));
    const done = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        call(request.path, request.message, (out, at) =>
          out.write(`0000000${index % 10}`, at + (request.digitsAt[0] ?? 0)),
        ),
      ),
    );
    expect(done).toEqual(Array(20).fill({ sizes: [100_000], status: 0, text: '' }));
    expect(received).toHaveLength(20);
    expect(received[7]?.bytes.toString('latin1')).toContain('bench/00000007');
    expect(received[7]?.bytes).toHaveLength(request.message.length);
  });

  it('reads a status with every character in it', async () => {
    expect(await call('/test.T/Fail', Buffer.alloc(0))).toEqual({ sizes: [], status: 9, text: `${printable} ü` });
  });

  it('hears of a method that is not there', async () => {
    expect((await call('/test.T/None', Buffer.alloc(0))).status).toBe(12);
  });
});
