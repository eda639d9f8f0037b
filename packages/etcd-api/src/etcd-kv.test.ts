import { createSystemTime } from '@trireme/adapter-system';
import { utf8 } from '@trireme/base';
import { createAuthority, issue } from '@trireme/pki';
import type { WatchResponse } from '@trireme/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { openLoopback } from '../test/loopback.ts';
import { createEtcdKv, type EtcdKv, type EtcdKvOptions } from './etcd-kv.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function connect(options: Omit<EtcdKvOptions, 'time'>): EtcdKv {
  const kv = createEtcdKv({ ...options, time: createSystemTime() });
  cleanups.push(() => kv.close());
  return kv;
}

async function serve(more?: Parameters<typeof openLoopback>[0]) {
  const loopback = await openLoopback(more);
  cleanups.push(loopback.close);
  return loopback;
}

const a = utf8('a');
const putOf = (value: string) => ({ success: [{ type: 'put', request: { key: a, value: utf8(value) } }] }) as const;

describe('a client of the etcd v3 API', () => {
  it('goes on with a watch where it was when the server comes back, without a gap', async () => {
    const first = await serve();
    const kv = connect({ endpoints: first.server.urls });
    const revisions: number[] = [];
    const read = async (): Promise<void> => {
      for await (const response of kv.watch({ key: a })) {
        revisions.push(
          response.type === 'created' ? -response.revision : response.type === 'events' ? response.revision : 0,
        );
        if (response.type === 'created') await kv.txn(putOf('1'));
        if (response.type === 'events' && response.revision === 2) await restart();
        if (revisions.at(-1) === 4) return;
      }
    };
    const restart = async (): Promise<void> => {
      await first.server.close();
      await first.kv.txn(putOf('2'));
      await serve({ kv: first.kv, listen: [{ host: '127.0.0.1', port: first.port }] });
      await first.kv.txn(putOf('3'));
    };
    await read();
    expect(revisions[0]).toBe(-1);
    expect(revisions.at(-1)).toBe(4);
    expect(revisions.slice(1)).toEqual([...new Set(revisions.slice(1))].sort());
  });

  it('gives bytes also where there are none', async () => {
    const { server, kv: there } = await serve();
    const kv = connect({ endpoints: server.urls });
    await there.txn({ success: [{ type: 'put', request: { key: a, value: utf8('') } }] });
    expect((await kv.range({ key: a })).kvs[0]?.value).toEqual(new Uint8Array(0));
    await there.txn({ success: [{ type: 'delete-range', request: { key: a } }] });
    for await (const response of kv.watch({ key: a, startRevision: 3 })) {
      if (response.type !== 'events') continue;
      expect(response.events[0]?.kv.value).toEqual(new Uint8Array(0));
      return;
    }
    expect.unreachable('the deletion was not told');
  });

  it('reads from another server when one is gone, and leaves the outcome of a write open', async () => {
    const gone = await serve();
    const there = await serve();
    await gone.server.close();
    const kv = connect({ endpoints: [...gone.server.urls, ...there.server.urls] });
    expect((await kv.range({ key: a })).count).toBe(0);
    await there.server.close();
    await expect(kv.txn(putOf('1'))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('gives up when the caller does', async () => {
    const { server } = await serve();
    const kv = connect({ endpoints: server.urls });
    const signal = AbortSignal.abort();
    await expect(kv.range({ key: a }, { signal })).rejects.toMatchObject({ code: 'cancelled' });
    await expect(kv.leaseKeepAlive(1n, { signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('ends its watches when it is closed, and refuses calls', async () => {
    const { server } = await serve();
    const kv = connect({ endpoints: server.urls });
    const responses: WatchResponse[] = [];
    for await (const response of kv.watch({ key: a })) {
      responses.push(response);
      kv.close();
    }
    expect(responses).toHaveLength(1);
    await expect(kv.status()).rejects.toMatchObject({ code: 'stopped' });
    await expect(kv.watch({ key: a })[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'stopped' });
  });

  it('lets only clients with a certificate in, over TLS', async () => {
    const nowMs = Date.now();
    const authority = await createAuthority({ subject: { commonName: 'ca' }, validDays: 1, nowMs });
    const names = { ips: ['127.0.0.1'] };
    const usages = ['server', 'client'] as const;
    const issued = await issue(authority, { subject: { commonName: 'x' }, usages, names, validDays: 1, nowMs });
    const pair = { cert: issued.certificatePem, key: issued.privateKeyPem };
    const ca = authority.certificatePem;
    const { server } = await serve({ tls: { ...pair, clientCa: ca } });
    expect(server.urls[0]).toMatch(/^https:/);
    expect((await connect({ endpoints: server.urls, tls: { ca, ...pair } }).range({ key: a })).count).toBe(0);
    const elsewhere = server.urls.map((url) => url.replace('127.0.0.1', 'localhost'));
    await expect(connect({ endpoints: elsewhere, tls: { ca, ...pair } }).range({ key: a })).rejects.toThrow(/altnames/);
    const stranger = connect({ endpoints: server.urls, tls: { ca } });
    await expect(stranger.range({ key: a })).rejects.toMatchObject({ code: 'unavailable' });
  });
});
