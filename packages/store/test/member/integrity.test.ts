import { fromUtf8, utf8 } from '@trireme/base';
import type { Kv, WatchResponse } from '@trireme/ports';
import type { SeededRandom } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import type { Member, MemberOptions } from '../../src/index.ts';
import { decodeRecord, encodeRecord } from '../../src/mvcc/index.ts';
import { createSimCluster, type SimCluster, type SimNode, type SimOptions } from './sim-cluster.ts';

const put = (kv: Kv, key: string, value: string) =>
  kv.txn({ success: [{ type: 'put', request: { key: utf8(key), value: utf8(value) } }] });
const corrupt = ({ id }: Member | SimNode) => ({ memberId: id, type: 'corrupt' }) as const;

async function read(cluster: SimCluster, { kv }: Member, key: string): Promise<string | undefined> {
  const { kvs } = await cluster.run(kv.range({ key: utf8(key), serializable: true }));
  return kvs[0] && fromUtf8(kvs[0].value);
}

async function startWith(size = 3, more: Partial<MemberOptions> = {}, options: SimOptions = {}) {
  // Small values stay in memory until larger ones push them out.
  const member = { valueCacheBytes: 0, hashCheckMs: 10_000, ...more };
  const cluster = await createSimCluster({ ...options, size, member });
  const leader = await cluster.awaitLeader();
  for (let i = 0; i < 60; i++) await cluster.run(put(leader.kv, `k${i}`, `value of ${i}.`));
  for (let i = 0; i < 6; i++) await cluster.run(put(leader.kv, 'large', 'x'.repeat(100_000)));
  for (let i = 0; i < 60; i++) await cluster.run(put(leader.kv, 'small', String(i)));
  await cluster.time.advance(1000);
  const leading = cluster.nodes.find(({ member }) => member === leader) as SimNode;
  const followers = cluster.nodes.filter((node) => node !== leading);
  return { cluster, leading, follower: followers[0] as SimNode, other: followers[1] as SimNode };
}

/** Changes the records of a value where they are stored. */
async function change(node: SimNode, value: string, how: (record: Uint8Array) => Uint8Array): Promise<void> {
  const wanted = Buffer.from(value);
  for (const [key, record] of await node.level.iterator().all())
    if (key[0] === 1 && Buffer.from(record).includes(wanted)) await node.level.put(key, how(record));
}

const flip = (record: Uint8Array): Uint8Array => record.with(record.length - 1, 0);

/** A wrong value with the right sums: nothing but a comparison finds it. */
function forge(record: Uint8Array): Uint8Array {
  const version = decodeRecord(record);
  return version ? encodeRecord({ ...version, value: utf8('forged') }) : record;
}

async function restartWith(cluster: SimCluster, node: SimNode, tamper: () => Promise<void>): Promise<Member> {
  node.crash();
  await tamper();
  return cluster.run(node.start());
}

const outOfService = (node: SimNode): boolean => node.member?.status().outOfService ?? true;

async function untilServing(cluster: SimCluster, ...nodes: readonly SimNode[]): Promise<void> {
  await cluster.time.advanceUntil(() => !nodes.some(outOfService), 60_000, 'the repair');
  await cluster.time.advance(500);
}

async function expectAllEqual(cluster: SimCluster): Promise<void> {
  const hashes = await cluster.run(Promise.all(cluster.members.map((member) => member.hash())));
  expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(1);
  for (const member of cluster.members) expect(await cluster.run(member.alarms())).toEqual([]);
}

describe('a damaged value', () => {
  it('that a reader meets takes its member out of service until it is repaired from the others', async () => {
    const { cluster, follower, leading } = await startWith();
    const member = follower.member as Member;
    await change(follower, 'value of 7.', flip);
    await expect(read(cluster, member, 'k7')).rejects.toMatchObject({ code: 'corrupt' });
    expect(member.status().outOfService).toBe(true);
    for (const work of [() => read(cluster, member, 'k8'), () => cluster.run(put(member.kv, 'k8', 'new'))])
      await expect(work()).rejects.toMatchObject({ code: 'corrupt' });
    expect(await read(cluster, leading.member as Member, 'k7')).toBe('value of 7.');
    await cluster.time.advanceUntil(
      () => cluster.members.every((each) => each.status().outOfService === (each === member)),
      5000,
    );
    await untilServing(cluster, follower);
    expect(await read(cluster, member, 'k7')).toBe('value of 7.');
    await expectAllEqual(cluster);
    // It goes on like the others, over a restart too.
    await cluster.run(put(member.kv, 'k7', 'on'));
    const again = await restartWith(cluster, follower, async () => undefined);
    await cluster.time.advance(2000);
    expect(again.status().outOfService).toBe(false);
    expect(await read(cluster, again, 'k7')).toBe('on');
    await cluster.stop();
  });

  it('of the leader lets another lead first', async () => {
    const { cluster, leading } = await startWith();
    const member = leading.member as Member;
    await change(leading, 'value of 7.', flip);
    await expect(read(cluster, member, 'k7')).rejects.toMatchObject({ code: 'corrupt' });
    await untilServing(cluster, leading);
    expect(member.isLeader()).toBe(false);
    expect(await read(cluster, member, 'k7')).toBe('value of 7.');
    await expectAllEqual(cluster);
    await cluster.stop();
  });

  it('is repaired where there is one other member', async () => {
    const { cluster, follower } = await startWith(2);
    await change(follower, 'value of 7.', flip);
    await expect(read(cluster, follower.member as Member, 'k7')).rejects.toMatchObject({ code: 'corrupt' });
    await untilServing(cluster, follower);
    expect(await read(cluster, follower.member as Member, 'k7')).toBe('value of 7.');
    await expectAllEqual(cluster);
    await cluster.stop();
  });

  it.each<[string, (record: Uint8Array) => Uint8Array]>([
    ['a head', (record) => record.with(20, (record[20] ?? 0) ^ 1)],
    ['a name', (record) => record.slice(0, 10)],
  ])(
    'in %s, so that nobody can tell what it is, costs the whole state, which comes from the others',
    async (_, how) => {
      const { cluster, follower, leading } = await startWith();
      await restartWith(cluster, follower, () => change(follower, 'value of 7.', how));
      expect(outOfService(follower)).toBe(true);
      for (let i = 0; i < 90; i++) await cluster.run(put(leading.member?.kv as Kv, 'more', String(i)));
      await untilServing(cluster, follower);
      expect(await read(cluster, follower.member as Member, 'k7')).toBe('value of 7.');
      await expectAllEqual(cluster);
      await restartWith(cluster, follower, async () => undefined);
      await cluster.time.advance(1000);
      expect(outOfService(follower)).toBe(false);
      expect(await read(cluster, follower.member as Member, 'more')).toBe('89');
      await cluster.stop();
    },
  );

  it('in a part of the database that cannot be read at all is one like any other', async () => {
    const { cluster, follower } = await startWith();
    const { getSync } = follower.level;
    follower.level.getSync = () => {
      throw Object.assign(new Error('corrupted compressed block contents'), { code: 'LEVEL_CORRUPTION' });
    };
    await expect(read(cluster, follower.member as Member, 'k7')).rejects.toMatchObject({ code: 'corrupt' });
    follower.level.getSync = getSync;
    await untilServing(cluster, follower);
    expect(await read(cluster, follower.member as Member, 'k7')).toBe('value of 7.');
    await cluster.stop();
  });

  it('is no value at all where the last ones are missing: they come from the others', async () => {
    const { cluster, follower } = await startWith();
    await restartWith(cluster, follower, async () => {
      const keys = (await follower.level.keys().all()).filter((key) => key[0] === 1);
      for (const key of keys.slice(-10)) await follower.level.del(key);
    });
    expect(outOfService(follower)).toBe(true);
    await untilServing(cluster, follower);
    await expectAllEqual(cluster);
    await cluster.stop();
  });

  it('that applying the log needs is waited for, while the others go on', async () => {
    const { cluster, follower, leading } = await startWith(3, { transferBytesPerSecond: 1_000_000 });
    await change(follower, 'value of 7.', flip);
    const { kv } = leading.member as Member;
    const compare = [{ key: utf8('k7'), target: 'value', result: 'equal', value: utf8('value of 7.') }] as const;
    const request = { key: utf8('k7'), value: utf8('new') };
    const { succeeded } = await cluster.run(kv.txn({ compare, success: [{ type: 'put', request }] }));
    expect(succeeded).toBe(true);
    for (let i = 0; i < 90; i++) await cluster.run(put(kv, 'more', String(i)));
    await untilServing(cluster, follower);
    expect(await read(cluster, follower.member as Member, 'k7')).toBe('new');
    expect(await read(cluster, follower.member as Member, 'more')).toBe('89');
    await expectAllEqual(cluster);
    await cluster.stop();
  });

  it('is repaired while much is written, and interrupted', async () => {
    const { cluster, follower, leading } = await startWith(3, { transferBytesPerSecond: 200_000 });
    const { kv } = leading.member as Member;
    await change(follower, 'value of 7.', flip);
    await expect(read(cluster, follower.member as Member, 'k7')).rejects.toMatchObject({ code: 'corrupt' });
    for (let i = 0; i < 300; i++) {
      await cluster.run(put(kv, `busy${i % 20}`, 'y'.repeat(300)));
      if (i % 100 === 50) await restartWith(cluster, follower, async () => undefined);
      await cluster.time.advance(10);
    }
    await untilServing(cluster, follower);
    expect(await read(cluster, follower.member as Member, 'k7')).toBe('value of 7.');
    expect(follower.member?.status().revision).toBe(leading.member?.status().revision);
    await expectAllEqual(cluster);
    await cluster.stop();
  });

  it('that is found while newer ones come to what is here has all of it sent anew', async () => {
    const { cluster, follower, leading } = await startWith(3, { transferBytesPerSecond: 60_000, keepEntries: 5 });
    follower.kill();
    await cluster.time.advance(5000);
    for (let i = 0; i < 300; i++) await cluster.run(put((leading.member as Member).kv, `new${i}`, 'y'.repeat(500)));
    const member = await cluster.run(follower.start());
    await cluster.time.advance(1500);
    expect(member.status().revision).toBeLessThan(leading.member?.status().revision ?? 0);
    await change(follower, 'value of 7.', flip);
    await expect(read(cluster, member, 'k7')).rejects.toMatchObject({ code: 'corrupt' });
    // What is here stays until all of the other is, even if it is interrupted just then.
    await cluster.time.advance(4000);
    expect(member.status().outOfService).toBe(true);
    const again = await restartWith(cluster, follower, async () => undefined);
    await untilServing(cluster, follower);
    expect(await read(cluster, again, 'k7')).toBe('value of 7.');
    expect(await read(cluster, again, 'new299')).toBe('y'.repeat(500));
    await expectAllEqual(cluster);
    await cluster.stop();
  });

  it('ends what is watched through its member, so that it goes on elsewhere', async () => {
    const { cluster, follower } = await startWith();
    const member = follower.member as Member;
    await change(follower, 'value of 7.', flip);
    const follow = async (startRevision: number): Promise<number> => {
      let last = 0;
      for await (const response of member.kv.watch({
        key: utf8('k'),
        rangeEnd: utf8('l'),
        startRevision,
      }) as AsyncIterable<WatchResponse>)
        if (response.type === 'events') last = response.revision;
      return last;
    };
    const idle = follow(10_000);
    idle.catch(() => undefined);
    // It is the watch itself that meets the damage, and the ones beside it end with it.
    await expect(cluster.run(follow(2))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(cluster.run(idle)).rejects.toMatchObject({ code: 'unavailable' });
    await untilServing(cluster, follower);
    await cluster.stop();
  });

  it('again and again is a matter of the disk: after three repairs in an hour the member stays away', async () => {
    const { cluster, follower } = await startWith();
    const member = follower.member as Member;
    for (let i = 0; i < 3; i++) {
      await change(follower, 'value of 7.', flip);
      await expect(read(cluster, member, 'k7')).rejects.toMatchObject({ code: 'corrupt' });
      await untilServing(cluster, follower);
    }
    await change(follower, 'value of 7.', flip);
    await expect(read(cluster, member, 'k7')).rejects.toMatchObject({ code: 'corrupt' });
    await cluster.time.advance(120_000);
    expect(member.status().outOfService).toBe(true);
    expect(await cluster.run((cluster.leader() as Member).alarms())).toEqual([corrupt(member)]);
    await cluster.stop();
  });
});

describe('a member that is alone', () => {
  it.each([1, 10_000])('ends a watch from revision %i on that would have to tell a damaged value', async (from) => {
    const { cluster, leading } = await startWith(1);
    const { kv } = leading.member as Member;
    const startRevision = Math.min(from, (leading.member?.status().revision ?? 0) + 1);
    const stream = kv.watch({ key: utf8('k'), rangeEnd: utf8('l'), startRevision, prevKv: true });
    const told: number[] = [];
    const follow = async (): Promise<void> => {
      for await (const response of stream) if (response.type === 'events') told.push(response.revision);
    };
    await change(leading, 'value of 7.', flip);
    const following = follow();
    following.catch(() => undefined);
    await cluster.time.advance(100);
    // The value before is what this one has to tell too.
    for (const key of ['k8', 'k7', 'k9']) await cluster.run(put(kv, key, 'new'));
    await expect(cluster.run(following)).rejects.toMatchObject({ code: 'corrupt' });
    expect(told).toHaveLength(1);
    await cluster.stop();
  });
});

describe('a member that is the only one left', () => {
  it('serves what is whole, whatever was wrong with it before', async () => {
    const { cluster, follower, leading } = await startWith(2, { transferBytesPerSecond: 1000 });
    const member = leading.member as Member;
    await cluster.run(member.raiseAlarm(corrupt(member)));
    await cluster.time.advanceUntil(() => member.status().outOfService, 5000, 'the alarm');
    await cluster.run(member.removeMember(follower.id));
    await cluster.time.advance(5000);
    expect(await read(cluster, member, 'k7')).toBe('value of 7.');
    await cluster.run(put(member.kv, 'k7', 'on'));
    await cluster.run(member.disarmAlarm(corrupt(member)));
    await cluster.stop();
  });
});

describe('a member that silently differs', () => {
  it('is found by the comparison, put out of service, and repaired', async () => {
    const { cluster, follower } = await startWith();
    const member = await restartWith(cluster, follower, () => change(follower, 'value of 7.', forge));
    await cluster.awaitLeader();
    expect(await read(cluster, member, 'k7')).toBe('forged');
    await cluster.time.advanceUntil(() => member.status().outOfService, 30_000, 'the alarm');
    await untilServing(cluster, follower);
    expect(await read(cluster, member, 'k7')).toBe('value of 7.');
    await expectAllEqual(cluster);
    await cluster.stop();
  });

  it('is put right too where it leads', async () => {
    const { cluster, leading } = await startWith();
    const member = await restartWith(cluster, leading, () => change(leading, 'value of 7.', forge));
    await cluster.awaitLeader();
    await cluster.time.advance(500);
    if (!member.isLeader()) await cluster.run(member.transferLeadership(member.id));
    await cluster.time.advanceUntil(() => member.status().outOfService, 30_000, 'the alarm');
    await untilServing(cluster, ...cluster.nodes);
    expect(await read(cluster, member, 'k7')).toBe('value of 7.');
    await expectAllEqual(cluster);
    await cluster.stop();
  });

  it('of two is named and not repaired, until somebody says who is wrong', async () => {
    const { cluster, leading, follower } = await startWith(2);
    const wrong = await restartWith(cluster, leading, () => change(leading, 'value of 7.', forge));
    await cluster.awaitLeader();
    await cluster.time.advance(500);
    if (!wrong.isLeader()) await cluster.run(wrong.transferLeadership(wrong.id));
    const right = follower.member as Member;
    await cluster.time.advanceUntil(() => right.status().outOfService, 30_000, 'the alarm');
    await cluster.time.advance(60_000);
    // Everybody writes through the leader, so it is the one to be measured by; but nobody's data is thrown away for that.
    expect(await cluster.run(wrong.alarms())).toEqual([corrupt(right)]);
    expect(await read(cluster, wrong, 'k7')).toBe('forged');
    await cluster.run(right.disarmAlarm(corrupt(right)));
    await cluster.run(right.raiseAlarm(corrupt(wrong)));
    await cluster.time.advanceUntil(() => wrong.status().outOfService, 5_000, 'the alarm');
    await untilServing(cluster, leading, follower);
    expect(await read(cluster, wrong, 'k7')).toBe('value of 7.');
    await expectAllEqual(cluster);
    await cluster.stop();
  });

  it('is not looked for where that is switched off', async () => {
    const { cluster, follower } = await startWith(3, { hashCheckMs: 0 });
    const member = await restartWith(cluster, follower, () => change(follower, 'value of 7.', forge));
    await cluster.time.advance(200_000);
    expect(member.status().outOfService).toBe(false);
    await cluster.stop();
  });
});

describe('members that are equal', () => {
  it('are never taken for different ones, whatever is written, compacted and restarted meanwhile', async () => {
    const network = (random: SeededRandom) => ({ delayMs: () => random.float() * 30 });
    const { cluster } = await startWith(3, { hashCheckMs: 60 }, { network });
    const raised = new Set<bigint>();
    let writing = true;
    const write = async (i: number): Promise<void> => {
      for (let n = 0; writing; n++) {
        const member = cluster.members[(i + n) % cluster.members.length] as Member;
        const done = await put(member.kv, `k${(i * n) % 17}`, String(n)).catch(() => undefined);
        if (!done) await new Promise<void>((resolve) => void cluster.time.after(5, resolve));
        if (done && n % 5 === 4) await member.kv.compact(done.header.revision - 2).catch(() => undefined);
      }
    };
    const writers = Promise.all([1, 2, 3, 4].map(write));
    for (let i = 0; i < 200; i++) {
      if (i % 50 === 25) await restartWith(cluster, cluster.nodes[(i / 25) % 3] as SimNode, async () => undefined);
      await cluster.time.advance(23);
      for (const each of cluster.members) if (each.status().outOfService) raised.add(each.id);
    }
    writing = false;
    await cluster.run(writers);
    expect([...raised]).toEqual([]);
    await cluster.time.advance(1000);
    await expectAllEqual(cluster);
    await cluster.stop();
  });
});
