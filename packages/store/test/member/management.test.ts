import { utf8 } from '@trireme/base';
import type { Kv } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import type { Member } from '../../src/index.ts';
import { createSimCluster, type SimCluster, type SimNode } from './sim-cluster.ts';

const put = (kv: Kv, key: string) =>
  kv.txn({ success: [{ type: 'put', request: { key: utf8(key), value: utf8('x') } }] });
const urlOf = (id: bigint) => `https://member-${id}:2380`;
const voters = (member: Member): readonly number[] => member.status().config.voters;
const isGone = { code: 'member-removed' };

async function start(options: Parameters<typeof createSimCluster>[0] = {}) {
  const cluster = await createSimCluster(options);
  const leader = await cluster.awaitLeader();
  await cluster.run(put(leader.kv, 'first'));
  const followers = cluster.members.filter((member) => member !== leader);
  return { cluster, leader, follower: followers[0] as Member, followers };
}

const nodeOf = (cluster: SimCluster, member: Member) => cluster.nodes.find((node) => node.member === member) as SimNode;

describe('adding', () => {
  it('gives an id, keeps it from others for ever, and makes a voter of a learner that has caught up', async () => {
    const { cluster, leader, follower } = await start();
    for (let i = 0; i < 120; i++) await cluster.run(put(leader.kv, `k${i}`));
    const request = { peerUrls: ['https://new:2380'], isLearner: true, promoteWhenReady: true };
    const added = await cluster.run(follower.addMember(request));
    expect(added).toMatchObject({ name: '', isLearner: true, peerUrls: ['https://new:2380'] });
    expect(added.id).toBeGreaterThan(1000n);
    const node = cluster.addNode(added.id, { join: true, name: 'four', clientUrls: ['https://new:2379'] });
    await cluster.run(node.start());
    await cluster.time.advanceUntil(() => voters(leader).length === 4, 20_000, 'the promotion');
    await cluster.time.advance(1000);
    const members = await cluster.run(follower.members());
    expect(members).toContainEqual({
      ...added,
      isLearner: false,
      name: 'four',
      clientUrls: ['https://new:2379'],
    });
    await cluster.run(leader.removeMember(added.id));
    await expect(cluster.run(leader.addMember({ ...request, id: added.id }))).rejects.toMatchObject({
      code: 'member-exists',
    });
    await cluster.stop();
  });

  it('waits for a change that is under way, whoever asked for that', async () => {
    const { cluster, leader, followers } = await start();
    const asked = [leader, ...followers];
    await cluster.run(
      Promise.all(asked.map((member, i) => member.addMember({ peerUrls: [`https://l${i}:1`], isLearner: true }))),
    );
    expect((await cluster.run(leader.members())).length).toBe(6);
    await cluster.stop();
  });

  it('outlives the loss of every member but its log', async () => {
    const { cluster, leader } = await start();
    await cluster.run(leader.addMember({ id: 4n, peerUrls: [urlOf(4n)], isLearner: true }));
    await cluster.run(leader.removeMember(4n));
    for (let i = 0; i < 120; i++) await cluster.run(put(leader.kv, `k${i}`));
    await cluster.time.advance(1000);
    for (const node of cluster.nodes) node.crash();
    await cluster.run(Promise.all(cluster.nodes.map((node) => node.start())));
    const next = await cluster.awaitLeader();
    await expect(cluster.run(next.addMember({ id: 4n, peerUrls: [urlOf(4n)] }))).rejects.toMatchObject({
      code: 'member-exists',
    });
    await cluster.stop();
  });
});

describe('what is refused', () => {
  it.each<[string, (leader: Member, follower: Member) => Promise<unknown>, string]>([
    ['a URL that is taken', (a) => a.addMember({ peerUrls: [urlOf(2n)] }), 'peer-url-exists'],
    ['an id that is taken', (a) => a.addMember({ id: 2n, peerUrls: ['https://x:1'] }), 'member-exists'],
    ['to promote a voter', (_, b) => b.promoteMember(1n), 'not-learner'],
    ['to promote nobody', (a) => a.promoteMember(77n), 'member-not-found'],
    ['to remove nobody', (_, b) => b.removeMember(77n), 'member-not-found'],
    ['to update nobody', (a) => a.updateMember(77n, { name: 'x' }), 'member-not-found'],
    ['to move to the place of another', (a) => a.updateMember(1n, { peerUrls: [urlOf(2n)] }), 'peer-url-exists'],
    ['to hand over to nobody', (a) => a.transferLeadership(77n), 'member-not-found'],
    [
      'to promote one that has not even begun',
      async (a, b) => {
        await a.addMember({ id: 9n, peerUrls: [urlOf(9n)], isLearner: true });
        await b.promoteMember(9n);
      },
      'learner-not-ready',
    ],
    [
      'to hand over to a learner',
      async (a, b) => {
        await a.addMember({ id: 9n, peerUrls: [urlOf(9n)], isLearner: true });
        await b.members();
        await b.transferLeadership(9n);
      },
      'no-successor',
    ],
    [
      'more learners than are wanted',
      async (a) => {
        for (let i = 0; i < 9; i++) await a.addMember({ peerUrls: [`https://l${i}:1`], isLearner: true });
      },
      'too-many-learners',
    ],
    ['all voters to go', (a) => a.changeMembers([1n, 2n, 3n].map((id) => ({ type: 'remove', id }))), 'unhealthy'],
  ])('%s', async (_, attempt, code) => {
    const { cluster, leader, follower } = await start();
    await expect(cluster.run(attempt(leader, follower))).rejects.toMatchObject({ name: 'StoreMemberError', code });
    await cluster.stop();
  });

  it('what would leave too few that are well, but not to take out who is not', async () => {
    const { cluster, leader, followers } = await start();
    const [dead, alive] = followers as [Member, Member];
    nodeOf(cluster, dead).kill();
    await cluster.time.advance(2000);
    await expect(cluster.run(leader.removeMember(alive.id))).rejects.toMatchObject({ code: 'unhealthy' });
    await expect(
      cluster.run(
        leader.changeMembers([
          { type: 'remove', id: alive.id },
          { type: 'add', peerUrls: ['https://x:1'] },
        ]),
      ),
    ).rejects.toMatchObject({ code: 'unhealthy' });
    await cluster.run(leader.removeMember(dead.id));
    expect(voters(leader)).toHaveLength(2);
    await cluster.run(put(leader.kv, 'on'));
    await cluster.stop();
  });
});

it('a member whose log is damaged does not count as well', async () => {
  const { cluster, leader, followers } = await start({ member: { checkpointEntries: 100_000 } });
  const [damaged, other] = followers as [Member, Member];
  for (let i = 0; i < 20; i++) await cluster.run(put(leader.kv, `k${i}`));
  await cluster.time.advance(1500);
  const node = nodeOf(cluster, damaged);
  node.kill();
  node.disk.corrupt('log/000000000001.log', 400);
  // It hears nobody, so that it stays as it is; the others hear it.
  for (const { id } of [leader, other]) cluster.network.block(id, node.id);
  await cluster.run(node.start());
  await cluster.time.advance(500);
  await expect(cluster.run(leader.removeMember(other.id))).rejects.toMatchObject({ code: 'unhealthy' });
  await cluster.stop();
});

describe('changing several', () => {
  it('happens at once, the leader among them', async () => {
    const { cluster, leader, followers } = await start();
    const stays = followers[0] as Member;
    const nodes = [4n, 5n].map((id) => cluster.addNode(id, { join: true }));
    for (const { id } of nodes) await cluster.run(leader.addMember({ id, peerUrls: [urlOf(id)], isLearner: true }));
    for (const node of nodes) await cluster.run(node.start());
    await cluster.time.advance(2000);
    await cluster.run(
      stays.changeMembers([
        ...nodes.map(({ id }) => ({ type: 'promote', id }) as const),
        { type: 'remove', id: leader.id },
        { type: 'remove', id: (followers[1] as Member).id },
      ]),
    );
    expect(voters(stays)).toEqual([Number(stays.id), 4, 5].sort());
    expect(stays.status().config.votersOutgoing).toEqual([]);
    await cluster.time.advance(3000);
    await cluster.run(put(stays.kv, 'on'));
    await cluster.stop();
  });

  it('of three members that begin together, each tells its name', async () => {
    const { cluster, follower } = await start({ member: { name: 'same', clientUrls: ['https://c:1'] } });
    await cluster.time.advance(3000);
    const members = await cluster.run(follower.members());
    expect(members.map(({ name, clientUrls }) => [name, ...clientUrls])).toEqual(
      Array.from({ length: 3 }, () => ['same', 'https://c:1']),
    );
    await cluster.run(follower.updateMember(1n, { peerUrls: ['https://elsewhere:1'] }));
    expect((await cluster.run(follower.members({ serializable: true })))[0]).toMatchObject({
      peerUrls: ['https://elsewhere:1'],
      name: 'same',
    });
    await cluster.stop();
  });
});

describe('a member that is removed', () => {
  it.each(['hears of it at once', 'was away', 'is the leader'])('stops by itself: it %s', async (how) => {
    const { cluster, leader, follower } = await start();
    const removed = how === 'is the leader' ? leader : follower;
    const asked = how === 'is the leader' ? follower : leader;
    let failure: unknown;
    removed.onFailure((error) => {
      failure = error;
    });
    const others = cluster.nodes.filter(({ member }) => member !== removed).map(({ id }) => id);
    if (how === 'was away') cluster.network.partition(others);
    await cluster.run(asked.removeMember(removed.id));
    const { term } = asked.status();
    await cluster.time.advance(5000);
    cluster.network.heal();
    await cluster.time.advanceUntil(() => failure !== undefined, 10_000, 'the removed member to stop');
    expect(failure).toMatchObject(isGone);
    if (how !== 'is the leader') expect(asked.status().term).toBe(term);
    const node = nodeOf(cluster, removed);
    node.kill();
    failure = undefined;
    await cluster.run(node.start());
    node.member?.onFailure((error) => {
      failure = error;
    });
    await cluster.time.advanceUntil(() => failure !== undefined, 10_000, 'it to stop again');
    expect(failure).toMatchObject(isGone);
    await cluster.run(put(asked.kv, 'on'));
    await cluster.stop();
  });
});

it('a member that only knows of its own removal goes on until the others know', async () => {
  const { cluster, leader, follower } = await start({ size: 2 });
  // What the leader says of its own removal's commit gets lost, and it is cut off for longer than it would linger.
  const removing = leader.removeMember(leader.id);
  removing.catch(() => undefined);
  await cluster.time.advanceUntil(() => !voters(leader).includes(Number(leader.id)), 5_000, 'its own view');
  cluster.network.block(leader.id, follower.id);
  await cluster.time.advance(10_000);
  cluster.network.heal();
  await cluster.run(put(follower.kv, 'on'));
  expect(voters(follower)).toEqual([Number(follower.id)]);
  await cluster.stop();
});

describe('handing over', () => {
  it('resolves when the other one leads, whoever was asked', async () => {
    const { cluster, leader, followers } = await start();
    const [a, b] = followers as [Member, Member];
    await cluster.run(b.transferLeadership(a.id));
    expect(a.isLeader()).toBe(true);
    await cluster.run(a.transferLeadership(a.id));
    await cluster.run(a.transferLeadership());
    expect(a.isLeader()).toBe(false);
    expect([leader, b].filter((member) => member.isLeader())).toHaveLength(1);
    await cluster.stop();
  });

  it('is given up when the other one is away', async () => {
    const { cluster, leader, follower } = await start();
    nodeOf(cluster, follower).kill();
    await expect(cluster.run(leader.transferLeadership(follower.id))).rejects.toMatchObject({ code: 'unavailable' });
    await cluster.run(put(leader.kv, 'on'));
    await cluster.stop();
  });
});

describe('lease reads', () => {
  it('need no round, and end before another leads', async () => {
    const { cluster, leader, follower } = await start({ member: { readMode: 'lease' } });
    await cluster.time.advance(500);
    const before = cluster.time.monotonic();
    for (let i = 0; i < 20; i++) await cluster.run(leader.kv.range({ key: utf8('first') }));
    // A round takes two milliseconds here.
    expect(cluster.time.monotonic() - before).toBeLessThan(10);
    cluster.network.partition(cluster.nodes.map(({ id }) => id).filter((id) => id !== leader.id));
    await cluster.run(put(follower.kv, 'second'));
    await expect(cluster.run(leader.kv.range({ key: utf8('second') }))).rejects.toMatchObject({ code: 'unavailable' });
    await cluster.stop();
  });
});
