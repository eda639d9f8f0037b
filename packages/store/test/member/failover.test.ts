import { utf8 } from '@trireme/base';
import type { Kv } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import { createSimCluster, type SimCluster, type SimNode } from './sim-cluster.ts';

const seeds = Number(process.env.TRIREME_SEEDS ?? 40);

const put = (kv: Kv) => kv.txn({ success: [{ type: 'put', request: { key: utf8('k'), value: utf8('v') } }] });

async function startCluster(seed: number): Promise<SimCluster> {
  const cluster = await createSimCluster({
    seed,
    network: (random) => ({ delayMs: () => 1 + random.below(4) }),
    syncMs: (random) => (random.chance(0.05) ? random.below(100) : random.below(8)),
  });
  await cluster.awaitLeader();
  await cluster.time.advance(500 + cluster.random.below(1000));
  return cluster;
}

/** From the end of the leader to the next write that is acknowledged, asked of a member that goes on. */
async function failoverMs(seed: number, end: (node: SimNode) => void): Promise<number> {
  const cluster = await startCluster(seed);
  const leader = cluster.nodes.find(({ member }) => member?.isLeader()) as SimNode;
  end(leader);
  const before = cluster.time.monotonic();
  const follower = cluster.random.pick(cluster.nodes.filter(({ member }) => member));
  await cluster.run(put(follower.member?.kv as Kv));
  const tookMs = cluster.time.monotonic() - before;
  await cluster.stop();
  return tookMs;
}

async function distribution(end: (node: SimNode) => void): Promise<(share: number) => number> {
  const took: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) took.push(await failoverMs(seed, end));
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(share * took.length))] as number;
  if (process.env.TRIREME_VERBOSE)
    console.log(`${seeds} seeds: p50 ${at(0.5)} p90 ${at(0.9)} p99 ${at(0.99)} max ${at(1)} ms`);
  return at;
}

describe('failover', () => {
  it('takes a few heartbeats when the leader is killed, since its connections break', async () => {
    const at = await distribution((node) => node.kill());
    expect(at(0.5)).toBeLessThan(250);
    expect(at(1)).toBeLessThan(1500);
  }, 60_000);

  it('takes an election timeout when its machine is gone without a word', async () => {
    const at = await distribution((node) => node.crash());
    expect(at(0.5)).toBeLessThan(1700);
    expect(at(1)).toBeLessThan(4500);
  }, 60_000);

  it('does not happen because connections break while the leader lives', async () => {
    const cluster = await startCluster(1);
    await cluster.time.advance(2000);
    const leader = await cluster.awaitLeader();
    const { term } = leader.status();
    for (let i = 0; i < 50; i++) {
      // All of its connections at once, and its next heartbeat comes in time over new ones, or not quite.
      cluster.network.hangUp(leader.id);
      await cluster.time.advance(1000);
    }
    const changes = (cluster.leader()?.status().term ?? 0) - term;
    expect(changes).toBeLessThanOrEqual(50);
    await cluster.stop();
  });
});
