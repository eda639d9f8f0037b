import { fromUtf8, utf8 } from '@trireme/base';
import type { Kv, WatchResponse } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import type { DamagedValue, Member, StoredCopy } from '../../src/index.ts';
import { createSimCluster, type SimCluster, type SimNode } from './sim-cluster.ts';

const put = (kv: Kv, key: string, value: string) =>
  kv.txn({ success: [{ type: 'put', request: { key: utf8(key), value: utf8(value) } }] });
const remove = (kv: Kv, key: string) => kv.txn({ success: [{ type: 'delete-range', request: { key: utf8(key) } }] });

async function everything<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}

async function restart(cluster: SimCluster, node: SimNode): Promise<Member> {
  node.crash();
  await cluster.run(node.start());
  await cluster.awaitLeader();
  return node.member as Member;
}

/** Changes one byte of a value where it is stored. */
async function damage(node: SimNode, value: string): Promise<void> {
  const wanted = utf8(value);
  for (const [key, record] of await node.level.iterator().all()) {
    if (!Buffer.from(record).includes(Buffer.from(wanted)) || key[0] !== 1) continue;
    const broken = record.slice();
    broken[broken.length - 1] = 0;
    await node.level.put(key, broken);
  }
}

describe('values on the disk', () => {
  it('are never served when they are damaged, and others are', async () => {
    const cluster = await createSimCluster({ size: 1 });
    const [node] = cluster.nodes as [SimNode];
    const { kv } = await cluster.awaitLeader();
    for (let i = 0; i < 60; i++) await cluster.run(put(kv, `k${i}`, `value of ${i}.`));
    await cluster.time.advance(1000);
    await damage(node, 'value of 7.');
    let member = await restart(cluster, node);
    const found: DamagedValue[] = [];
    member.onDamage((value) => void found.push(value));
    expect(found.map(({ key, revision }) => [fromUtf8(key), revision])).toEqual([['k7', 9]]);
    const range = (key: string) => cluster.run(member.kv.range({ key: utf8(key) }));
    await expect(range('k7')).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('"k7"') });
    expect(fromUtf8((await range('k8')).kvs[0]?.value ?? utf8(''))).toBe('value of 8.');
    const keysOnly = await cluster.run(member.kv.range({ key: utf8('k7'), keysOnly: true }));
    expect(keysOnly.count).toBe(1);

    // A watch tells what comes before it, and then ends.
    const stream = member.kv.watch({ key: utf8('k'), rangeEnd: utf8('l'), startRevision: 2 });
    const told: number[] = [];
    const read = (async (): Promise<void> => {
      for await (const response of stream as AsyncIterable<WatchResponse>)
        if (response.type === 'events') told.push(...response.events.map(({ kv: { modRevision } }) => modRevision));
    })();
    await expect(cluster.run(read)).rejects.toMatchObject({ code: 'corrupt' });
    expect(told).toEqual([2, 3, 4, 5, 6, 7, 8]);

    // A new value takes its place.
    await cluster.run(put(member.kv, 'k7', 'whole'));
    expect(fromUtf8((await range('k7')).kvs[0]?.value ?? utf8(''))).toBe('whole');
    const copy = await cluster.run(member.openCopy());
    await expect(everything(copy.versions())).rejects.toMatchObject({ code: 'corrupt' });
    await copy.release();
    member = await restart(cluster, node);
    await cluster.stop();
  });

  it('end the member when applying the log needs a damaged one, for it would differ from the others', async () => {
    const cluster = await createSimCluster({ size: 1 });
    const [node] = cluster.nodes as [SimNode];
    const { kv } = await cluster.awaitLeader();
    for (let i = 0; i < 60; i++) await cluster.run(put(kv, `k${i}`, `value of ${i}.`));
    await cluster.time.advance(1000);
    await damage(node, 'value of 7.');
    const member = await restart(cluster, node);
    const failures: unknown[] = [];
    member.onFailure((error) => failures.push(error));
    const compare = [{ key: utf8('k7'), target: 'value', result: 'equal', value: utf8('value of 7.') }] as const;
    const request = { key: utf8('k7'), value: utf8('new') };
    await expect(cluster.run(member.kv.txn({ compare, success: [{ type: 'put', request }] }))).rejects.toMatchObject({
      code: 'stopped',
    });
    expect(failures).toMatchObject([{ code: 'corrupt' }]);
    await cluster.stop();
  });
});

describe('a copy of what is stored', () => {
  it('is of one revision on any member, while writes and compactions go on', async () => {
    const cluster = await createSimCluster();
    const leader = await cluster.awaitLeader();
    const follower = cluster.members.find((member) => member !== leader) as Member;
    for (let i = 0; i < 70; i++) await cluster.run(put(leader.kv, `k${i % 20}`, `v${i}`));
    await cluster.run(remove(leader.kv, 'k0'));
    await cluster.time.advance(1000);
    const copy: StoredCopy = await cluster.run(follower.openCopy());
    expect(copy.meta).toMatchObject({ revision: 72, compactRevision: 0 });
    const first = await everything(copy.versions());
    for (let i = 0; i < 70; i++) await cluster.run(put(leader.kv, `k${i % 20}`, `w${i}`));
    await cluster.run(leader.kv.compact(140));
    await cluster.time.advance(5000);
    expect(follower.status().compactRevision).toBe(140);
    const again = await everything(copy.versions());
    expect(again).toEqual(first);
    expect(first.map(({ modRevision }) => modRevision)).toEqual(Array.from({ length: 71 }, (_, i) => i + 2));
    expect(first.at(-1)).toMatchObject({ version: 0, createRevision: 0 });
    expect(fromUtf8(first[3]?.value ?? utf8(''))).toBe('v3');
    await copy.release();
    await copy.release();
    await cluster.stop();
  });

  it('has what was compacted inside of the retention, and the times of revisions', async () => {
    const cluster = await createSimCluster({ size: 1, member: { retentionMs: 60_000 } });
    const { kv, openCopy } = await cluster.awaitLeader();
    const startMs = cluster.time.now();
    for (let i = 0; i < 40; i++) {
      await cluster.run(put(kv, `k${i % 4}`, `v${i}`));
      await cluster.time.advance(1000);
    }
    await cluster.run(kv.compact(35));
    await cluster.time.advance(2000);
    const copy = await cluster.run(openCopy());
    const archived = await everything(copy.archived());
    // Of each key the newest at revision 35 is in the key space, all older ones are here: each until the next.
    expect(archived.map(({ modRevision, supersededBy }) => [modRevision, supersededBy])).toEqual(
      Array.from({ length: 30 }, (_, i) => [i + 2, i + 6]),
    );
    expect(fromUtf8(archived[5]?.value ?? utf8(''))).toBe('v5');
    const { marks } = copy.meta;
    expect(marks.length).toBeGreaterThan(30);
    const tenth = marks.find(({ revision }) => revision === 11);
    expect(Math.abs((tenth?.unixMs ?? 0) - startMs - 9_500)).toBeLessThan(2_500);
    await copy.release();

    // Two minutes later nothing of it is inside of the retention.
    await cluster.time.advance(120_000);
    for (let i = 0; i < 60; i++) await cluster.run(put(kv, 'k', `x${i}`));
    await cluster.time.advance(5000);
    const { header } = await cluster.run(put(kv, 'k', 'last'));
    await cluster.run(kv.compact(header.revision));
    await cluster.time.advance(2000);
    const later = await cluster.run(openCopy());
    expect((await everything(later.archived())).every(({ supersededBy }) => supersededBy > 41)).toBe(true);
    await later.release();
    await cluster.stop();
  });
});
