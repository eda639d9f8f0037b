import { createSeededRandom, type SeededRandom } from '@trireme/testkit';
import { createCluster, type SimulatedCluster } from '../src/node/index.ts';
import { recordHistory } from './history.ts';
import { webManifest } from './manifests.ts';
import { isReady, podsOf, rolledOut, scale, servedBy, setImage } from './watching.ts';

interface Play {
  readonly cluster: SimulatedCluster;
  readonly random: SeededRandom;
  /** What the Deployment was last told to be. */
  replicas: number;
  image: number;
}

type Fault = (play: Play, holdMs: number) => Promise<void>;

/** What can go wrong, or be changed, while other things have not been mended yet. */
const faults: Readonly<Record<string, Fault>> = {
  async killMember({ cluster, random }, holdMs) {
    const member = random.pick(cluster.members);
    member.kill();
    if (random.chance(0.7)) await cluster.sleep(holdMs);
    await member.restart();
  },
  async stopMember({ cluster, random }, holdMs) {
    const member = random.pick(cluster.members);
    await member.stop();
    await cluster.sleep(holdMs);
    await member.restart();
  },
  async cutMember({ cluster, random }, holdMs) {
    const ids = cluster.members.map((_, position) => BigInt(position + 1));
    const cut = random.pick(ids);
    cluster.network.partition(
      [cut],
      ids.filter((id) => id !== cut),
    );
    await cluster.sleep(holdMs);
    cluster.network.heal();
  },
  async loseNode({ cluster, random }, holdMs) {
    const node = random.pick(cluster.nodes);
    await node.stop();
    if (random.chance(0.5)) node.runtime.killAll();
    await cluster.sleep(holdMs);
    await node.start();
  },
  async loseRuntime({ cluster, random }, holdMs) {
    const { runtime } = random.pick(cluster.nodes);
    runtime.setAvailable(false);
    await cluster.sleep(holdMs);
    runtime.setAvailable(true);
  },
  roll: (play) => untilTaken(play, () => setImage(play.cluster, `example/web:${++play.image}`)),
  scale(play) {
    play.replicas = 1 + play.random.below(8);
    return untilTaken(play, () => scale(play.cluster, play.replicas));
  },
};

/** A change that the API refuses while it has no quorum is tried again, as people do. */
async function untilTaken({ cluster }: Play, change: () => Promise<void>): Promise<void> {
  await cluster.waitFor('the change to be taken', () => change().then(() => true));
}

/** Does a dozen of these in an order that the seed decides, then demands that all comes right. Returns the history's hash. */
export async function playRandomFaults(seed: number): Promise<string> {
  const store = { checkpointEntries: 200, keepEntries: 50 };
  await using cluster = await createCluster({ members: 3, nodes: 3, time: 'virtual', seed, store });
  const history = recordHistory(cluster);
  const play: Play = { cluster, random: createSeededRandom(seed), replicas: 3, image: 1 };
  await cluster.apply(webManifest);
  for (let i = 0; i < 12; i++) {
    const fault = play.random.pick(Object.values(faults));
    await fault(play, 500 + play.random.below(40_000));
    await cluster.sleep(play.random.below(5000));
    await history.catchUp();
  }
  await comesRight(play);
  return await history.hash();
}

async function comesRight({ cluster, replicas }: Play): Promise<void> {
  const timeoutMs = 180_000;
  await cluster.waitFor('the rollout', () => rolledOut(cluster), { timeoutMs });
  const served = async (): Promise<boolean> => {
    const ips = (await podsOf(cluster)).filter(isReady).map(({ status }) => status?.podIP ?? '');
    return ips.length === replicas && ips.sort().join() === (await servedBy(cluster)).join();
  };
  await cluster.waitFor('endpoints of just the ready pods', served, { timeoutMs });
  const nothingMore = async (): Promise<boolean> => {
    const lists = cluster.nodes.map(({ runtime }) => cluster.run(runtime.listPodSandboxes()));
    return (await Promise.all(lists)).flat().filter(({ ready }) => ready).length === replicas;
  };
  await cluster.waitFor('nodes that run just what is wanted', nothingMore, { timeoutMs });
  const same = async (): Promise<boolean> => {
    const hashes = await Promise.all(cluster.members.map(({ store }) => store?.hash()));
    const states = hashes.map((state) => `${state?.revision}/${state?.hash}`);
    return new Set(states).size === 1;
  };
  await cluster.waitFor('members that hold the same', same, { timeoutMs });
}
