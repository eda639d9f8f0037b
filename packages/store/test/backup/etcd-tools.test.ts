import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromUtf8 } from '@trireme/base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSnapshot, snapshotStatus } from '../../src/backup/index.ts';
import { etcdBuckets, readVersion } from '../../src/snapshot-file/index.ts';
import { createMemoryCopy, deletion, fileOf, putVersion, sourceOf } from './memory-copy.ts';
import { etcdctl, freePorts, hasEtcd, type RealEtcd, startEtcd, temporaryFolder } from './real-etcd.ts';

interface EtcdStatus {
  readonly hash: number;
  readonly revision: number;
  readonly totalKey: number;
  readonly totalSize: number;
}

async function etcdStatus(file: string): Promise<EtcdStatus> {
  return JSON.parse(await etcdctl(['snapshot', 'status', file, '-w', 'json'])) as EtcdStatus;
}

const folder = temporaryFolder();
afterAll(() => folder.remove());

describe.runIf(hasEtcd())('snapshot files of a real etcd', () => {
  let etcd: RealEtcd;
  const file = join(folder.path, 'etcd.db');

  beforeAll(async () => {
    etcd = await startEtcd(join(folder.path, 'source'));
    // Enough for branches, and for a page with overflow.
    const puts = Array.from({ length: 60 }, (_, i) => `put key-${i} "${`${i}-`.repeat(200)}"\n`).join('');
    const body = `\n${puts}\n\n`;
    for (let i = 0; i < 5; i++) await etcdTxn(etcd, body);
    await etcdTxn(etcd, `\nput large "${'x'.repeat(20_000)}"\n\n\n`);
    const lease = /lease (\w+) granted/.exec(await etcd.ctl('lease', 'grant', '600'))?.[1] ?? '';
    await etcd.ctl('put', '--lease', lease, 'leased', 'v');
    await etcd.ctl('del', 'key-7');
    await etcd.ctl('compact', '4');
    await etcd.ctl('snapshot', 'save', file);
  });
  afterAll(() => etcd.stop());

  it('are read, and their status is what etcdctl says', async () => {
    const snapshot = await openSnapshot(sourceOf(readFileSync(file)));
    const { hash, revision, totalKeys, totalBytes, compactRevision } = await snapshotStatus(snapshot);
    const theirs = await etcdStatus(file);
    expect({ hash, revision, totalKey: totalKeys, totalSize: totalBytes }).toEqual(theirs);
    expect(compactRevision).toBe(4);
    expect(snapshot.facts.leases.map((lease) => lease.ttlSeconds)).toEqual([600]);
    const versions = [];
    for await (const { elements } of snapshot.elements(etcdBuckets.key))
      for (const { key, value } of elements) versions.push(readVersion(key, value));
    expect(versions.at(-1)).toMatchObject({ tombstone: true, revision });
    const large = versions.find((version) => version && fromUtf8(version.key) === 'large');
    expect(large?.value.length).toBe(20_000);
    expect(
      versions.filter((version) => version?.lease !== 0n).map((version) => fromUtf8(version?.key as Uint8Array)),
    ).toEqual(['leased']);
  });

  it('are refused when one byte of them is another, or the end is missing', async () => {
    const whole = readFileSync(file);
    const changed = Uint8Array.from(whole);
    changed[9000] = (changed[9000] as number) ^ 1;
    await expect(openSnapshot(sourceOf(changed))).rejects.toMatchObject({ code: 'wrong-checksum' });
    const cut = whole.subarray(0, whole.length - 32);
    await expect(openSnapshot(sourceOf(cut))).rejects.toMatchObject({ code: 'no-checksum' });
    expect((await openSnapshot(sourceOf(cut), { checksum: 'if-present' })).buckets).toContain('key');
  });
});

async function etcdTxn(etcd: RealEtcd, body: string): Promise<void> {
  const { spawn } = await import('node:child_process');
  await new Promise<void>((resolve, reject) => {
    const child = spawn('etcdctl', ['--endpoints', etcd.endpoint, 'txn'], {
      env: { ...process.env, ETCDCTL_API: '3' },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`etcdctl txn exited with ${code}`))));
    child.stdin.end(body);
  });
}

describe.runIf(hasEtcd())('our snapshot files', () => {
  const many = Array.from({ length: 3000 }, (_, i) =>
    putVersion(`many-${i % 700}`, 10 + i, { version: 1 + Math.floor(i / 700) }),
  );
  const versions = [
    putVersion('first', 2),
    putVersion('second', 3, { sub: 0 }),
    putVersion('third', 3, { sub: 1, value: new Uint8Array(50_000).fill(0x61) }),
    deletion('second', 4),
    putVersion('leased', 5, { lease: 0x7000_0000_0000_0001n }),
    ...many,
  ];
  const copy = createMemoryCopy(
    versions,
    {
      compactRevision: 3,
      leases: [{ id: 0x7000_0000_0000_0001n, ttlSeconds: 3600 }],
      marks: [{ revision: 5, unixMs: 1_699_999_000_000 }],
    },
    [{ ...putVersion('first', 1), supersededBy: 2 }],
  );
  const file = join(folder.path, 'ours.db');

  beforeAll(async () => writeFileSync(file, await fileOf(copy)));

  it('have the status that etcdctl finds, after it checked every page', async () => {
    const { hash, revision, totalKeys, totalBytes } = await snapshotStatus(
      await openSnapshot(sourceOf(readFileSync(file))),
    );
    expect({ hash, revision, totalKey: totalKeys, totalSize: totalBytes }).toEqual(await etcdStatus(file));
    expect(revision).toBe(3009);
    expect(copy.released).toBe(true);
  });

  it('become an etcd, with their revisions and leases', async () => {
    const ports = await freePorts();
    const data = join(folder.path, 'restored');
    const peer = `http://127.0.0.1:${ports.peer}`;
    const cluster = ['--initial-cluster', `default=${peer}`, '--initial-advertise-peer-urls', peer];
    await etcdctl(['snapshot', 'restore', file, '--data-dir', data, '--name', 'default', ...cluster]);
    const etcd = await startEtcd(data, ports);
    try {
      type Kv = { readonly key: string; readonly mod_revision: number; readonly version: number };
      type Answer = {
        readonly header: { readonly revision: number };
        readonly count: number;
        readonly kvs: readonly Kv[];
      };
      const get = async (...args: readonly string[]): Promise<Answer> =>
        JSON.parse(await etcd.ctl('get', ...args, '-w', 'json')) as Answer;
      const all = await get('', '--prefix', '--keys-only');
      expect([all.header.revision, all.count]).toEqual([3009, 703]);
      expect((await get('many-199')).kvs[0]).toMatchObject({ mod_revision: 3009, version: 5 });
      expect((await get('second')).count ?? 0).toBe(0);
      expect((await get('second', '--rev', '3')).count).toBe(1);
      expect((await etcd.ctl('get', 'third', '--print-value-only')).trim().length).toBe(50_000);
      expect(await etcd.ctl('lease', 'timetolive', '7000000000000001', '--keys')).toMatch(
        /granted with TTL\(3600s\).*leased/,
      );
      await etcd.ctl('put', 'more', 'x');
      expect((await get('more')).kvs[0]?.mod_revision).toBe(3010);
    } finally {
      await etcd.stop();
    }
  });
});
