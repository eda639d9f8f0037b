import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEtcdServer, type RpcServer } from '@trireme/etcd-api';
import { type Kv, silentLogger, type WatchResponse, type WatchStream } from '@trireme/ports';
import { createMemoryKv, createVirtualTime } from '@trireme/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterCertificates, makeCertificates } from '../store/certificates.ts';
import { keyOf, keyPrefix } from './etcd-requests.ts';
import { loopWorks } from './jobs.ts';
import { runFill, runLoops } from './run-loops.ts';
import { runWatch } from './run-watch.ts';

const keys = 300;
let folder: string;
let certificates: ClusterCertificates;
let server: RpcServer | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trireme-bench-test-'));
  certificates = await makeCertificates(folder, 1, Date.now());
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** The servers of the product over a store in memory, which `change` may spoil. */
async function serve(change: (kv: Kv) => Kv = (kv) => kv) {
  const kv = createMemoryKv({ time: createVirtualTime() });
  const files = certificates.members[0]?.serving;
  server = await createEtcdServer({
    kv: change(kv),
    listen: [{ host: '127.0.0.1', port: 0 }],
    tls: {
      cert: await readFile(files?.cert ?? '', 'utf8'),
      key: await readFile(files?.key ?? '', 'utf8'),
      clientCa: certificates.client.ca,
    },
    logger: silentLogger,
  });
  const port = Number(new URL(server.urls[0] ?? '').port);
  const endpoints = [{ host: '127.0.0.1', port, tls: certificates.client }];
  const common = { endpoints, keys, pids: [process.pid], idlePids: [], warmMs: 20, measureMs: 100 };
  const filled = await runFill({ type: 'fill', clients: 20, timeoutMs: 10_000, ...common });
  return { kv, common, filled };
}

/** Hands on the answers that hold events as often as `copies` says of each. */
function spoiledWatch(stream: WatchStream, copies: (at: number) => number): WatchStream {
  const read = async function* (): AsyncGenerator<WatchResponse> {
    let seen = 0;
    for await (const response of stream) {
      const count = response.type === 'events' ? copies(++seen) : 1;
      for (let copy = 0; copy < count; copy++) yield response;
    }
  };
  return {
    cancel: () => stream.cancel(),
    requestProgress: () => stream.requestProgress(),
    [Symbol.asyncIterator]: read,
  };
}

describe('the load', () => {
  it('puts every key once, with 256 bytes', async () => {
    const { kv, filled } = await serve();
    const { kvs, header } = await kv.range({ key: Buffer.from(keyPrefix), rangeEnd: Buffer.from('bench0') });
    expect(filled.elapsedMs).toBeGreaterThan(0);
    expect(header.revision).toBe(1 + keys);
    expect(kvs.map(({ key }) => Buffer.from(key).toString())).toEqual(Array.from({ length: keys }, (_, i) => keyOf(i)));
    expect(kvs.every(({ value, version }) => value.length === 256 && version === 1)).toBe(true);
  });

  it.each(loopWorks)('measures %s', async (work) => {
    const { kv, common } = await serve();
    const { measurement } = await runLoops({ type: 'loops', work, clients: 7, ...common });
    expect(measurement?.operations).toBeGreaterThan(10);
    expect(measurement?.errors).toBe(0);
    expect(measurement?.p99Ms).toBeGreaterThanOrEqual(measurement?.p50Ms ?? 0);
    expect(measurement?.rssMb).toBeGreaterThan(10);
    const { revision } = (await kv.status()).header;
    expect(revision > 1 + keys).toBe(work === 'put' || work === 'mixed-90-10');
  });

  it.each([
    ['at a rate', 50],
    ['as fast as all have seen the last', undefined],
  ])('measures deliveries to watchers, puts made %s', async (_how, putsPerSecond) => {
    const { common } = await serve();
    const { measurement } = await runWatch({ type: 'watch', watchers: 30, putsPerSecond, ...common });
    expect(measurement?.operations).toBeGreaterThanOrEqual(30);
  });

  it('refuses a put whose revision is not above what was acknowledged before', async () => {
    const { common } = await serve((kv) => ({
      ...kv,
      txn: async (request) => {
        const answer = await kv.txn(request);
        return answer.header.revision > keys + 20 ? { ...answer, header: { ...answer.header, revision: 5 } } : answer;
      },
    }));
    await expect(runLoops({ type: 'loops', work: 'put', clients: 3, ...common })).rejects.toThrow(
      'acknowledged before it began',
    );
  });

  it('refuses a read that is not of the value', async () => {
    const { common } = await serve((kv) => ({
      ...kv,
      range: async (request) => ({ ...(await kv.range(request)), kvs: [] }),
    }));
    await expect(runLoops({ type: 'loops', work: 'get', clients: 3, ...common })).rejects.toThrow('a read of 1 got 0');
  });

  it.each([
    ['loses a change', (at: number) => (at === 3 ? 0 : 1)],
    ['sends one twice', (at: number) => (at === 3 ? 2 : 1)],
  ])('refuses a watch that %s', async (_how, copies) => {
    const { common } = await serve((kv) => ({ ...kv, watch: (request) => spoiledWatch(kv.watch(request), copies) }));
    const watch = runWatch({ type: 'watch', watchers: 3, putsPerSecond: 100, ...common });
    await expect(watch).rejects.toThrow(/a watcher saw change \d+ after change/);
  });

  it('fails where every call fails', async () => {
    const { common } = await serve((kv) => ({ ...kv, range: () => Promise.reject(new Error('broken')) }));
    await expect(runLoops({ type: 'loops', work: 'get', clients: 3, ...common })).rejects.toThrow(/failed|no call/);
  });
});
