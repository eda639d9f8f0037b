// An operator, and its tests against a whole cluster that lives inside this process. Run it with:
//
//   node examples/operator-test.ts        (the Node of this checkout: node_modules/.bin/node)
//
// The operator turns every ConfigMap with the label example.com/website into a Deployment of as many pods as it asks for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiClient, createInformerFactory } from '@trireme/client';
import { createCluster, type SimulatedCluster } from '@trireme/cluster/node';
import { type HttpTransport, type Random, silentLogger, sleep, type Time } from '@trireme/ports';
import { configmaps, deployments, pods } from '@trireme/schema/resources';
import type { ConfigMap } from '@trireme/schema/types/core/v1';

// The operator. It takes its transport, clock and randomness from outside; that is all it takes to test it anywhere.
function startOperator(deps: { transport: HttpTransport; time: Time; random: Random }): void {
  const client = createApiClient(deps.transport, { time: deps.time, userAgent: 'website-operator' });
  const informers = createInformerFactory({ client, time: deps.time, random: deps.random, logger: silentLogger });
  const reconcile = async (site: ConfigMap): Promise<void> => {
    const { name, namespace, uid } = site.metadata;
    const labels = { 'example.com/website': name };
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      // The owner: when the ConfigMap goes, the garbage collector takes the Deployment and its pods along.
      metadata: { name, ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid: uid ?? '' }] },
      spec: {
        replicas: Number(site.data?.replicas ?? 1),
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'example/web' }] } },
      },
    };
    const target = { name, namespace };
    try {
      await client.resource(deployments).patch(target, { type: 'apply', body }, { fieldManager: 'website-operator' });
    } catch {
      // Whatever it was, it may be over in a second.
      await sleep(deps.time, 1000);
      await reconcile(site);
    }
  };
  informers.informer(configmaps, { labelSelector: 'example.com/website' }).subscribe({
    added: (site) => void reconcile(site),
    updated: (site) => void reconcile(site),
  });
}

const website = (replicas: number): string => `
  apiVersion: v1
  kind: ConfigMap
  metadata: { name: blog, labels: { example.com/website: "" } }
  data: { replicas: "${replicas}" }
`;

/** The nodes that run a ready pod of the blog, one entry for each pod. */
async function readyOn(cluster: SimulatedCluster): Promise<string[]> {
  const { items } = await cluster.client.resource(pods).list({ labelSelector: 'example.com/website=blog' });
  const ready = items.filter((pod) =>
    pod.status?.conditions?.some((is) => is.type === 'Ready' && is.status === 'True'),
  );
  return ready.map((pod) => pod.spec.nodeName ?? '').sort();
}

test('a website gets its pods, and loses them with its ConfigMap', async () => {
  // The machine's own clock: what takes a container 5 ms takes 5 ms.
  await using cluster = await createCluster({ members: 3, nodes: 2 });
  startOperator(cluster);
  await cluster.apply(website(2));
  await cluster.waitFor('two ready pods', async () => (await readyOn(cluster)).length === 2);
  assert.deepEqual(await readyOn(cluster), ['node-1', 'node-2']);

  await cluster.client.resource(configmaps).delete({ namespace: 'default', name: 'blog' });
  await cluster.waitFor('no pods', async () => (await cluster.client.resource(pods).list()).items.length === 0);
});

test('a website outlives the leading member, and later a node', async () => {
  // A virtual clock: it passes only while the test waits, so minutes take a moment, and one seed gives one history.
  await using cluster = await createCluster({ members: 3, nodes: 2, time: 'virtual', seed: 7 });
  startOperator(cluster);
  await cluster.apply(website(3));
  await cluster.waitFor('three ready pods', async () => (await readyOn(cluster)).length === 3);

  // As kill -9 and a power failure. The operator's connections break; it goes on with the members that are left.
  cluster.leader()?.kill();
  await cluster.apply(website(5));
  await cluster.waitFor('five ready pods', async () => (await readyOn(cluster)).length === 5);

  // A machine dies. Kubernetes gives its pods five minutes to come back, then replaces them elsewhere.
  await cluster.nodes[0]?.stop();
  cluster.nodes[0]?.runtime.killAll();
  const diedMs = cluster.time.monotonic();
  const replaced = async () => (await readyOn(cluster)).filter((node) => node === 'node-2').length === 5;
  await cluster.waitFor('five pods on the node that is left', replaced, { timeoutMs: 600_000 });
  const seconds = Math.round((cluster.time.monotonic() - diedMs) / 1000);
  console.log(`five pods on node-2 again, ${seconds} s of virtual time after node-1 died`);
  assert.ok(seconds > 300);
});
