import { deployments, pods } from '@trireme/schema/resources';
import { describe, expect, it } from 'vitest';
import { createCluster, createVirtualTime } from '../src/node/index.ts';
import { type Life, liveThrough } from './life-of-a-cluster.ts';
import { webManifest } from './manifests.ts';
import { playRandomFaults } from './random-faults.ts';
import { rolledOut } from './watching.ts';

describe('a cluster on a virtual clock', () => {
  const lives = new Map<number, Promise<Life>>();
  const lifeOf = (seed: number): Promise<Life> => {
    const life = lives.get(seed) ?? liveThrough(seed);
    lives.set(seed, life);
    return life;
  };

  it.each([1, 2, 3])('lives through rollouts, a dead leader and a dead node (seed %i)', async (seed) => {
    const { history, virtualMs } = await lifeOf(seed);
    expect(history.eventCount).toBeGreaterThan(300);
    expect(virtualMs).toBeGreaterThan(40_000);
  });

  it('has one history for one seed, and others for others', async () => {
    const [one, again, other] = [await lifeOf(1), await liveThrough(1), await lifeOf(2)];
    expect(again.history.lines).toEqual(one.history.lines);
    expect(again.hash).toBe(one.hash);
    expect(other.hash).not.toBe(one.hash);
  });

  // More of them: SEEDS=1-200 npx vitest run ...
  it.each(seeds(process.env.SEEDS ?? '1-3'))('comes right after any faults (seed %i)', async (seed) => {
    expect(await playRandomFaults(seed)).toHaveLength(64);
  });

  it('passes half an hour in a moment, and keeps its promises over it', async () => {
    await using cluster = await createCluster({ members: 1, nodes: 1, time: 'virtual' });
    await cluster.apply(webManifest);
    await cluster.waitFor('the rollout', () => rolledOut(cluster));
    const list = () => cluster.client.resource(pods).list({ namespace: 'default' });
    const before = (await list()).items.map(({ metadata, status }) => [metadata.uid, status?.podIP]);
    await cluster.sleep(1_800_000);
    expect((await list()).items.map(({ metadata, status }) => [metadata.uid, status?.podIP])).toEqual(before);
  });

  it('runs on a clock that the caller holds', async () => {
    const time = createVirtualTime(Date.UTC(2030, 0, 1));
    await using cluster = await createCluster({ time });
    expect(cluster.time.now()).toBe(time.now());
    const [web] = await cluster.apply(webManifest);
    expect(web?.metadata.creationTimestamp).toMatch(/^2030-01-01T00:00:/);
    const read = cluster.transport.request({ method: 'GET', path: '/api/v1/pods', headers: {} });
    await time.advance(1000);
    expect((await read).status).toBe(200);
  });

  it('keeps a minority from writing, and heals', async () => {
    await using cluster = await createCluster({ members: 3, nodes: 1, time: 'virtual' });
    const leader = await cluster.waitFor('a leader', () => cluster.leader());
    const cut = BigInt(cluster.members.indexOf(leader) + 1);
    const others = [1n, 2n, 3n].filter((id) => id !== cut);
    cluster.network.partition([cut], others);
    await cluster.waitFor('a leader of the majority', () =>
      cluster.members.find((member) => member !== leader && member.isLeader()),
    );
    await cluster.waitFor('the old leader to notice', () => !leader.isLeader());
    cluster.network.heal();
    await cluster.apply(webManifest);
    await cluster.waitFor('the rollout', () => rolledOut(cluster));
    await cluster.client.resource(deployments).delete({ namespace: 'default', name: 'web' });
    await cluster.waitFor(
      'an end of all pods',
      async () => (await cluster.client.resource(pods).list()).items.length === 0,
    );
  });
});

/** '5' or '1-200'. */
function seeds(range: string): readonly number[] {
  const [first = 1, last = first] = range.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
