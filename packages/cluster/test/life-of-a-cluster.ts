import type { Logger } from '@trireme/ports';
import { createCluster } from '../src/node/index.ts';
import { type History, recordHistory } from './history.ts';
import { webManifest } from './manifests.ts';
import { isReady, podsOf, rolledOut, scale, servedBy, setImage } from './watching.ts';

export interface Life {
  readonly hash: string;
  readonly history: History;
  readonly virtualMs: number;
}

/**
 * Deploys, rolls, loses the leading member in the middle of it, scales, loses a node, and takes both back: minutes of a
 * cluster on a virtual clock. Throws where something does not come.
 */
export async function liveThrough(seed: number, logger?: Logger): Promise<Life> {
  await using cluster = await createCluster({
    members: 3,
    nodes: 3,
    time: 'virtual',
    seed,
    ...(logger ? { logger } : {}),
  });
  const history = recordHistory(cluster);
  const allServed = async (replicas: number): Promise<boolean> => {
    const ready = (await podsOf(cluster)).filter(isReady);
    const ips = ready.map(({ status }) => status?.podIP ?? '').sort();
    return ready.length === replicas && ips.join() === (await servedBy(cluster)).join();
  };
  await cluster.apply(webManifest);
  await cluster.waitFor('the first rollout', () => rolledOut(cluster));
  await cluster.waitFor('endpoints of three pods', () => allServed(3));

  await setImage(cluster, 'example/web:2');
  await cluster.waitFor('the rollout under way', async () =>
    (await podsOf(cluster)).some(({ spec, status }) => spec.containers[0]?.image === 'example/web:2' && status?.podIP),
  );
  const leader = await cluster.waitFor('a leader', () => cluster.leader());
  leader.kill();
  await cluster.waitFor('the second rollout', () => rolledOut(cluster), { timeoutMs: 60_000 });
  await leader.restart();
  await cluster.waitFor('a whole store', () => {
    const revisions = cluster.members.map(({ store }) => store?.status().revision);
    return new Set(revisions).size === 1;
  });
  await history.catchUp();

  await scale(cluster, 5);
  await cluster.waitFor('five replicas', () => rolledOut(cluster));
  const [node] = cluster.nodes;
  await node?.stop();
  node?.runtime.killAll();
  const moved = async (): Promise<boolean> => {
    const ready = (await podsOf(cluster)).filter(isReady);
    return ready.length === 5 && ready.every(({ spec }) => spec.nodeName !== node?.name) && (await allServed(5));
  };
  await cluster.waitFor('pods moved away from the dead node', moved, { timeoutMs: 120_000 });
  await node?.start();
  await scale(cluster, 1);
  await cluster.waitFor('one replica', async () => (await podsOf(cluster)).length === 1 && (await allServed(1)), {
    timeoutMs: 60_000,
  });
  return { hash: await history.hash(), history, virtualMs: cluster.time.monotonic() };
}
