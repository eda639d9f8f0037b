import type { Kv } from '@trireme/ports';
import { kvSuite } from '@trireme/testkit/kv-suite';
import { createSimCluster, type SimCluster } from './sim-cluster.ts';

/** Moves time for as long as a call is under way, as the real clock would. */
function driven(kv: Kv, cluster: SimCluster): Kv {
  return new Proxy(kv, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      if (name === 'watch') return method;
      return (...args: unknown[]) => cluster.run(method(...args) as Promise<unknown>);
    },
  });
}

for (const [role, pick] of [
  ['the leading member', (cluster: SimCluster) => cluster.members.find((member) => member.isLeader())],
  ['a following member', (cluster: SimCluster) => cluster.members.find((member) => !member.isLeader())],
] as const) {
  kvSuite(role, async () => {
    const cluster = await createSimCluster();
    await cluster.awaitLeader();
    await cluster.time.advance(200);
    const kv = pick(cluster)?.kv;
    if (!kv) throw new Error('there is no such member');
    return {
      kv: driven(kv, cluster),
      advance: (durationMs) => cluster.time.advance(durationMs),
      close: () => cluster.stop(),
    };
  });
}
