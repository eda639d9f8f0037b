import { fromUtf8, utf8 } from '@trireme/base';
import type { Kv, WatchStream } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import type { Member } from '../../src/index.ts';
import { createSimCluster, type SimCluster, type SimNode } from './sim-cluster.ts';

const put = (kv: Kv, key: string, value: string) =>
  kv.txn({ success: [{ type: 'put', request: { key: utf8(key), value: utf8(value) } }] });

/** Reads the stream to its end; the member's stop ends it too. */
function collectRevisions(stream: WatchStream): readonly number[] {
  const seen: number[] = [];
  const read = async (): Promise<void> => {
    for await (const response of stream)
      if (response.type === 'events') seen.push(...response.events.map((event) => event.kv.modRevision));
  };
  read().catch(() => undefined);
  return seen;
}

function other(cluster: SimCluster, than: Member): Member {
  const found = cluster.members.find((member) => member !== than);
  if (!found) throw new Error('there is no other member');
  return found;
}

describe('member', () => {
  it('writes and reads through any member, and keeps it over a restart of all', async () => {
    const cluster = await createSimCluster();
    await cluster.awaitLeader();
    for (const [i, member] of cluster.members.entries()) await cluster.run(put(member.kv, `key-${i}`, `value-${i}`));
    for (const member of cluster.members) {
      const { kvs, header } = await cluster.run(member.kv.range({ key: utf8('key-'), rangeEnd: utf8('key.') }));
      expect(kvs.map((kv) => fromUtf8(kv.value))).toEqual(['value-0', 'value-1', 'value-2']);
      expect(header.revision).toBe(4);
    }
    for (const node of cluster.nodes) node.crash();
    await cluster.run(Promise.all(cluster.nodes.map((node) => node.start())));
    await cluster.awaitLeader();
    const { count } = await cluster.run(
      cluster.members[1]?.kv.range({ key: utf8('key-'), rangeEnd: utf8('key.') }) as ReturnType<Kv['range']>,
    );
    expect(count).toBe(3);
    await cluster.stop();
  });

  it('goes on when the leader dies', async () => {
    const cluster = await createSimCluster();
    const leader = await cluster.awaitLeader();
    const follower = other(cluster, leader);
    await cluster.run(put(leader.kv, 'a', '1'));
    cluster.nodes.find((node) => node.member === leader)?.crash();
    const before = cluster.time.monotonic();
    await cluster.run(put(follower.kv, 'a', '2'));
    expect(cluster.time.monotonic() - before).toBeLessThan(3000);
    await cluster.stop();
  });

  it('writes to its disk while its followers write to theirs', async () => {
    const syncMs = 50;
    const cluster = await createSimCluster({ syncMs: () => syncMs });
    const leader = await cluster.awaitLeader();
    await cluster.time.advance(1000);
    const before = cluster.time.monotonic();
    await cluster.run(put(leader.kv, 'a', '1'));
    // One after the other would take two syncs.
    expect(cluster.time.monotonic() - before).toBeLessThan(1.5 * syncMs);
    await cluster.stop();
  });

  it('says unavailable within a bounded time without a quorum', async () => {
    const cluster = await createSimCluster();
    const leader = await cluster.awaitLeader();
    cluster.network.partition([leader.id]);
    const before = cluster.time.monotonic();
    await expect(cluster.run(put(leader.kv, 'a', '1'))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(cluster.run(leader.kv.range({ key: utf8('a') }))).rejects.toMatchObject({ code: 'unavailable' });
    expect(cluster.time.monotonic() - before).toBeLessThan(15_000);
    expect(leader.isLeader()).toBe(false);
    cluster.network.heal();
    await cluster.awaitLeader();
    await cluster.run(put(leader.kv, 'a', '2'));
    await cluster.stop();
  });

  it('tells a watch on any member every change once, over the loss of the leader', async () => {
    const cluster = await createSimCluster();
    const leader = await cluster.awaitLeader();
    const follower = other(cluster, leader);
    const stream = follower.kv.watch({ key: utf8('a'), rangeEnd: utf8('b'), startRevision: 2 });
    const seen = collectRevisions(stream);
    for (let i = 0; i < 20; i++) await cluster.run(put(leader.kv, `a${i % 3}`, `${i}`));
    cluster.nodes.find((node) => node.member === leader)?.crash();
    await cluster.awaitLeader();
    for (let i = 0; i < 20; i++) await cluster.run(put(follower.kv, `a${i % 3}`, `${i}`));
    await cluster.time.advance(1000);
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => i + 2));
    await cluster.stop();
  });

  it('ends leases by the leader, and keeps those that are renewed, over a change of leader', async () => {
    const cluster = await createSimCluster();
    const leader = await cluster.awaitLeader();
    const follower = other(cluster, leader).kv;
    const kept = await cluster.run(follower.leaseGrant({ ttlSeconds: 10 }));
    const lost = await cluster.run(follower.leaseGrant({ ttlSeconds: 10 }));
    for (const { id } of [kept, lost]) {
      const request = { key: utf8(`lease-${id}`), value: utf8('x'), lease: id };
      await cluster.run(follower.txn({ success: [{ type: 'put', request }] }));
    }
    await cluster.run(leader.transferLeadership());
    await cluster.time.advance(1000);
    for (let i = 0; i < 5; i++) {
      await cluster.time.advance(5000);
      expect((await cluster.run(follower.leaseKeepAlive(kept.id))).ttlSeconds).toBe(10);
    }
    expect(await cluster.run(follower.leases())).toEqual([kept.id]);
    expect(await cluster.run(follower.leaseTimeToLive(lost.id))).toMatchObject({ ttlSeconds: -1 });
    const status = await cluster.run(leader.kv.leaseTimeToLive(kept.id, { keys: true }));
    expect(status.keys?.map((key) => fromUtf8(key))).toEqual([`lease-${kept.id}`]);
    await cluster.stop();
  });

  it('brings a member that was away up to date by a snapshot, and its watches with it', async () => {
    const cluster = await createSimCluster();
    const leader = await cluster.awaitLeader();
    const away = other(cluster, leader);
    const node = cluster.nodes.find(({ member }) => member === away) as SimNode;
    const stream = away.kv.watch({ key: utf8('k'), rangeEnd: utf8('l') });
    const seen = collectRevisions(stream);
    await cluster.time.advance(10);
    cluster.network.partition(cluster.nodes.filter((peer) => peer !== node).map(({ id }) => id));
    for (let i = 0; i < 300; i++) await cluster.run(put(leader.kv, `k${i % 40}`, `value ${i}`));
    await cluster.time.advance(1000);
    cluster.network.heal();
    await cluster.time.advanceUntil(() => away.status().revision === 301, 20_000, 'the member to catch up');
    await cluster.time.advance(1000);
    expect(await away.hash()).toEqual(await leader.hash());
    expect(seen).toEqual(Array.from({ length: 300 }, (_, i) => i + 2));
    node.crash();
    await cluster.run(node.start());
    await cluster.run(put(node.member?.kv as Kv, 'k', 'last'));
    await cluster.time.advance(1000);
    expect(await node.member?.hash()).toEqual(await cluster.leader()?.hash());
    await cluster.stop();
  });

  it('adds a learner, promotes it, and removes the leader itself', async () => {
    const cluster = await createSimCluster();
    const leader = await cluster.awaitLeader();
    for (let i = 0; i < 120; i++) await cluster.run(put(leader.kv, `k${i}`, 'x'));
    const node = cluster.addNode(4n, { join: true });
    await cluster.run(leader.addMember({ id: 4n, peerUrls: ['https://member-4:2380'], isLearner: true }));
    await cluster.run(node.start());
    await cluster.time.advanceUntil(() => node.member?.status().revision === 121, 20_000, 'the learner to catch up');
    await cluster.run((node.member as Member).promoteMember(4n));
    await cluster.run(leader.removeMember(leader.id));
    await cluster.time.advanceUntil(
      () => cluster.members.some((member) => member !== leader && member.isLeader()),
      10_000,
      'another leader',
    );
    await cluster.run(put(node.member?.kv as Kv, 'last', 'x'));
    expect(node.member?.status().config.voters).not.toContain(Number(leader.id));
    await cluster.stop();
  });

  it('refuses writes while the disks are full, loses nothing, and goes on', async () => {
    const cluster = await createSimCluster();
    const leader = await cluster.awaitLeader();
    await cluster.time.advance(100);
    for (const { disk } of cluster.nodes) disk.setCapacity(disk.usedBytes);
    let written = 0;
    let error: { code?: string } | undefined;
    for (let i = 0; i < 200 && !error; i++) {
      try {
        await cluster.run(put(leader.kv, `k${i}`, 'x'.repeat(500)));
        written += 1;
      } catch (thrown) {
        error = thrown as { code?: string };
      }
    }
    expect(error?.code).toBe('no-space');
    expect(leader.status().diskFull).toBe(true);
    for (const { disk } of cluster.nodes) disk.setCapacity(undefined);
    await cluster.time.advance(3000);
    await cluster.awaitLeader();
    await cluster.run(put(leader.kv, 'again', 'x'));
    const { count } = await cluster.run(leader.kv.range({ key: utf8('k'), rangeEnd: utf8('l'), countOnly: true }));
    expect(count).toBeGreaterThanOrEqual(written);
    await cluster.stop();
  });
});
