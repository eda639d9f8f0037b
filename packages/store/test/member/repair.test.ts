import { utf8 } from '@trireme/base';
import type { Kv } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import { LogDamagedError, type Member } from '../../src/index.ts';
import { createSimCluster, type SimCluster, type SimNode } from './sim-cluster.ts';

const put = (kv: Kv, key: string) =>
  kv.txn({ success: [{ type: 'put', request: { key: utf8(key), value: utf8('x'.repeat(50)) } }] });

/** No checkpoint comes to the help of the log: every entry is needed from it. */
const noCheckpoints = { checkpointEntries: 100_000, checkpointBytes: 1 << 30 };

async function startWith(writes: number, options: Parameters<typeof createSimCluster>[0] = {}) {
  const cluster = await createSimCluster({ ...options, member: { ...noCheckpoints, ...options.member } });
  const leader = await cluster.awaitLeader();
  for (let i = 0; i < writes; i++) await cluster.run(put(leader.kv, `k${i}`));
  await cluster.time.advance(1500);
  const follower = cluster.nodes.find(({ member }) => member !== leader) as SimNode;
  return { cluster, leader, follower, leading: cluster.nodes.find(({ member }) => member === leader) as SimNode };
}

const segments = ({ disk }: SimNode) => disk.paths().filter((path) => /^log\/[0-9a-f]{12}\.log$/.test(path));
const aside = ({ disk }: SimNode) => disk.paths().filter((path) => path.startsWith('log/damaged-'));

/** Damages a record in the middle of what was written to the first segment. */
function damage(node: SimNode, offset = 400): void {
  node.disk.corrupt(segments(node)[0] as string, offset);
}

async function restart(cluster: SimCluster, node: SimNode): Promise<Member> {
  return cluster.run(node.start());
}

function failureOf(member: Member): () => unknown {
  let failure: unknown;
  member.onFailure((error) => {
    failure = error;
  });
  return () => failure;
}

async function expectWhole(cluster: SimCluster, node: SimNode, revision: number): Promise<void> {
  const member = node.member as Member;
  await cluster.time.advanceUntil(() => !member.status().repairing, 10_000, 'the repair');
  await cluster.time.advance(2000);
  expect(member.status().revision).toBe(revision);
  expect(aside(node)).toEqual([]);
  expect(node.disk.paths()).not.toContain('log/repair');
}

describe('a damaged log', () => {
  it('of a follower is repaired from the others, and kept until it is', async () => {
    const { cluster, follower, leader } = await startWith(40);
    follower.kill();
    damage(follower);
    cluster.network.partition([follower.id]);
    const member = await restart(cluster, follower);
    await cluster.time.advance(3000);
    expect(member.status()).toMatchObject({ repairing: true, role: 'follower', revision: 1 });
    expect(aside(follower).length).toBeGreaterThan(0);
    // It may be interrupted as often as it likes.
    follower.crash();
    await restart(cluster, follower);
    expect(follower.member?.status().repairing).toBe(true);
    cluster.network.heal();
    await expectWhole(cluster, follower, leader.status().revision);
    follower.kill();
    await restart(cluster, follower);
    expect(follower.member?.status().repairing).toBe(false);
    await cluster.stop();
  });

  it('of the leader is repaired when another leads', async () => {
    const { cluster, leading, leader } = await startWith(40);
    const { revision } = leader.status();
    leading.kill();
    damage(leading);
    await restart(cluster, leading);
    await expectWhole(cluster, leading, revision);
    await cluster.run(put(leading.member?.kv as Kv, 'on'));
    await cluster.stop();
  });

  it('is repaired by a snapshot where the log of the others begins later', async () => {
    const { cluster, follower, leader } = await startWith(10, { member: { checkpointEntries: 50, keepEntries: 5 } });
    follower.kill();
    damage(follower, 300);
    for (let i = 0; i < 200; i++) await cluster.run(put(leader.kv, `more${i}`));
    await restart(cluster, follower);
    await expectWhole(cluster, follower, leader.status().revision);
    await cluster.stop();
  });

  it('does not let two that lack an acknowledged write choose a leader', async () => {
    const { cluster, follower, leading } = await startWith(3);
    const third = cluster.nodes.find((node) => node !== follower && node !== leading) as SimNode;
    third.kill();
    for (let i = 0; i < 20; i++) await cluster.run(put(leading.member?.kv as Kv, `late${i}`));
    await cluster.time.advance(1500);
    const revision = leading.member?.status().revision as number;
    // The late writes are on two disks. One of the two is damaged just there, the other one is away.
    follower.kill();
    const path = segments(follower)[0] as string;
    follower.disk.corrupt(path, follower.disk.lastWriteOffset(path) - 600);
    leading.kill();
    await restart(cluster, follower);
    await restart(cluster, third);
    await cluster.time.advance(20_000);
    expect(cluster.leader()).toBeUndefined();
    await restart(cluster, leading);
    await cluster.awaitLeader();
    await expectWhole(cluster, follower, revision);
    await cluster.stop();
  });

  it('does not matter where the state has everything', async () => {
    const { cluster, follower } = await startWith(300, { member: { checkpointEntries: 50, keepEntries: 1000 } });
    follower.kill();
    damage(follower);
    await restart(cluster, follower);
    expect(follower.member?.status().repairing).toBe(false);
    expect(aside(follower)).toEqual([]);
    await cluster.stop();
  });

  it('on two of three stops both, naming the place, and loses nothing', async () => {
    const { cluster, follower, leading } = await startWith(40);
    const nodes = [follower, leading];
    for (const node of nodes) {
      node.kill();
      damage(node);
    }
    const failures = [];
    for (const node of nodes) failures.push(failureOf(await restart(cluster, node)));
    await cluster.time.advance(10_000);
    expect(cluster.leader()).toBeUndefined();
    for (const failure of failures) {
      expect(failure()).toBeInstanceOf(LogDamagedError);
      expect(failure()).toMatchObject({ file: 'log/000000000001.log' });
      expect(String(failure())).toContain('of 3 members 2 have damaged logs');
    }
    for (const node of nodes) expect(aside(node).length).toBeGreaterThan(0);
    await cluster.stop();
  });

  it.each([
    ['of a member that is alone', { size: 1 }],
    ['of one of two', { size: 2 }],
    ['where it may not be repaired', { member: { repairFromPeers: false } }],
  ])('%s is a reason not to start', async (_, options) => {
    const { cluster, leading } = await startWith(40, options);
    leading.kill();
    damage(leading);
    await expect(restart(cluster, leading)).rejects.toMatchObject({
      code: 'log-damaged',
      file: 'log/000000000001.log',
    });
    await cluster.stop();
  });
});

describe('a damaged vote', () => {
  it('is read from its other copy, and from the log', async () => {
    const { cluster, follower } = await startWith(5);
    for (const offsets of [[5], [4096 + 20], [20, 4096 + 5]]) {
      const { term } = follower.member?.status() ?? { term: 0 };
      follower.kill();
      for (const offset of offsets) follower.disk.corrupt('log/hard-state', offset);
      cluster.network.partition();
      await restart(cluster, follower);
      expect(follower.member?.status().term).toBe(term);
      cluster.network.heal();
      await cluster.time.advance(3000);
    }
    await cluster.stop();
  });

  it('and a damaged log with it are more than can be trusted', async () => {
    const { cluster, follower } = await startWith(40);
    follower.kill();
    damage(follower);
    follower.disk.corrupt('log/hard-state', 20);
    follower.disk.corrupt('log/hard-state', 4096 + 20);
    await expect(restart(cluster, follower)).rejects.toMatchObject({ code: 'log-damaged' });
    await cluster.stop();
  });

  it('and a log that is gone are told apart from a new member', async () => {
    const { cluster, leading } = await startWith(5, { size: 1 });
    leading.kill();
    const disk = leading.disk.attach();
    for (const path of segments(leading)) await disk.remove(path);
    await expect(restart(cluster, leading)).rejects.toMatchObject({ code: 'log-damaged' });
    await cluster.stop();
  });
});
