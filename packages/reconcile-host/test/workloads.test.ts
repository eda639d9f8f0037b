import {
  configmaps,
  deployments,
  endpoints,
  endpointslices,
  events,
  namespaces,
  nodes,
  pods,
  replicasets,
  serviceaccounts,
  services,
} from '@trireme/schema/resources';
import type { Deployment } from '@trireme/schema/types/apps/v1';
import { describe, expect, it } from 'vitest';
import { createWorld, type World } from './world.ts';

const web = (image: string, replicas: number, namespace = 'default'): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas,
    progressDeadlineSeconds: 600,
    revisionHistoryLimit: 10,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    template: {
      metadata: { name: '', labels: { app: 'web' } },
      spec: {
        containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 8080 }] }],
        tolerations: ['not-ready', 'unreachable'].map((reason) => ({
          key: `node.kubernetes.io/${reason}`,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        })),
      },
    },
  },
});

const target = { name: 'web', namespace: 'default' };

async function expectSettled(world: World, replicas: number): Promise<void> {
  await world.time.advance(60_000);
  const { status, metadata } = await world.api.resource(deployments).get(target);
  expect(status).toMatchObject({ replicas, updatedReplicas: replicas, availableReplicas: replicas });
  expect(status?.observedGeneration).toBe(metadata.generation);
  expect(world.pods('default')).toHaveLength(replicas);
}

function expectClean({ problems, host }: World): void {
  expect(problems).toEqual([]);
  for (const metrics of Object.values(host.metrics())) expect(metrics).toMatchObject({ panics: 0, queued: 0 });
}

function podCreations({ api }: World): number {
  return api.writes.filter((write) => write.startsWith('create pods ')).length;
}

describe.each([1, 2, 3, 4, 5])('a cluster of all controllers (seed %d)', (seed) => {
  it('makes, scales, rolls and deletes exactly what is asked', async () => {
    const world = await createWorld(seed, ['node-1', 'node-2']);
    const { api, ask, time } = world;
    const client = api.resource(deployments);

    await ask(client.create(web('a:1', 3)));
    await expectSettled(world, 3);
    expect(podCreations(world)).toBe(3);

    await ask(client.patch(target, { type: 'merge', body: { spec: { replicas: 5 } } }));
    await expectSettled(world, 5);

    const current = await client.get(target);
    await ask(client.update({ ...current, spec: { ...current.spec, template: web('a:2', 0).spec.template } }));
    await expectSettled(world, 5);
    const sets = (await api.resource(replicasets).list()).items;
    const revisions = sets.map(({ spec, metadata }) => [
      metadata.annotations?.['deployment.kubernetes.io/revision'],
      spec.replicas,
    ]);
    expect(revisions).toEqual([
      ['1', 0],
      ['2', 5],
    ]);
    const { metadata } = await client.get(target);
    expect(metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '2' });
    // Each pod was made once: no plan was decided on a view older than its own writes.
    expect(podCreations(world)).toBe(10);

    const texts = (await api.resource(events).list()).items.map(({ message }) => message);
    expect(texts).toContainEqual(expect.stringMatching(/^Scaled up replica set web-[a-z0-9]+ from 0 to 3$/));
    expect(texts).toContainEqual(expect.stringMatching(/^Scaled up replica set web-[a-z0-9]+ from 3 to 5$/));
    expect(texts).toContainEqual(expect.stringMatching(/^Created pod: web-[a-z0-9]+-[a-z0-9]{5}$/));

    await ask(client.delete(target));
    await time.advance(60_000);
    expect(await api.resource(replicasets).list()).toMatchObject({ items: [] });
    expect(world.pods('default')).toEqual([]);
    expect(podCreations(world)).toBe(10);
    expectClean(world);
    await world.host.stop();
  });

  it('goes on where another left off, in the middle of a rollout', async () => {
    const world = await createWorld(seed, ['node-1', 'node-2']);
    const { api, ask, time, random } = world;
    const client = api.resource(deployments);
    await ask(client.create(web('a:1', 5)));
    await time.advance(random.below(2000));
    await world.failOver();
    await expectSettled(world, 5);
    const current = await client.get(target);
    await ask(client.update({ ...current, spec: { ...current.spec, template: web('a:2', 0).spec.template } }));
    for (let i = 0; i < 3; i++) {
      await time.advance(random.below(3000));
      await world.failOver();
    }
    await expectSettled(world, 5);
    expect(podCreations(world)).toBe(10);
    expectClean(world);
    await world.host.stop();
  });

  it('deletes in the foreground from the leaves up, and sets dependents free when told to', async () => {
    const world = await createWorld(seed, ['node-1']);
    const { api, ask, time } = world;
    const client = api.resource(deployments);
    await ask(client.create(web('a:1', 2)));
    await expectSettled(world, 2);
    const from = api.store.resourceVersion;
    await ask(client.delete(target, { propagationPolicy: 'Foreground' }));
    await time.advance(60_000);
    const gone: string[] = [];
    for (const ref of [deployments, replicasets, pods]) {
      const queue = api.store.watch(ref, from, undefined);
      queue?.end();
      for await (const { type, object } of queue ?? []) {
        if (type === 'DELETED') gone.push(`${object.metadata.resourceVersion?.padStart(8)} ${object.kind}`);
      }
    }
    expect(gone.toSorted().map((line) => line.slice(9))).toEqual(['Pod', 'Pod', 'ReplicaSet', 'Deployment']);

    await ask(client.create(web('a:1', 2)));
    await expectSettled(world, 2);
    await ask(client.delete(target, { propagationPolicy: 'Orphan' }));
    await time.advance(60_000);
    expect(await client.list()).toMatchObject({ items: [] });
    expect(world.pods('default')).toHaveLength(2);
    const [orphan] = (await api.resource(replicasets).list()).items;
    expect(orphan?.metadata.ownerReferences ?? []).toEqual([]);

    // A deployment of the same kind takes the set and its pods over, and makes none of its own.
    const made = podCreations(world);
    await ask(client.create(web('a:1', 2)));
    await expectSettled(world, 2);
    expect(podCreations(world)).toBe(made);
    expectClean(world);
    await world.host.stop();
  });

  it('furnishes a namespace, and empties it before it goes', async () => {
    const world = await createWorld(seed, ['node-1']);
    const { api, ask, time } = world;
    await ask(api.resource(namespaces).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }));
    await time.advance(5000);
    expect(api.store.get(serviceaccounts, 'team/default')).toBeDefined();
    expect(api.store.get(configmaps, 'team/kube-root-ca.crt')).toMatchObject({ data: { 'ca.crt': 'the CA' } });
    await ask(api.resource(deployments).create(web('a:1', 2, 'team')));
    await time.advance(20_000);
    expect(world.pods('team')).toHaveLength(2);

    await ask(api.resource(namespaces).delete({ name: 'team' }));
    await time.advance(1000);
    expect(api.store.get(namespaces, 'team')).toMatchObject({ status: { phase: 'Terminating' } });
    await time.advance(60_000);
    expect(api.store.get(namespaces, 'team')).toBeUndefined();
    const left = api.store.all().filter(({ metadata, kind }) => metadata.namespace === 'team' && kind !== 'Event');
    expect(left.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
    expectClean(world);
    await world.host.stop();
  });

  it('publishes the pods of a service', async () => {
    const world = await createWorld(seed, ['node-1']);
    const { api, ask, time } = world;
    const ports = [{ name: 'web', port: 80, targetPort: 'http' }];
    const spec = { selector: { app: 'web' }, clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5'], ports };
    const metadata = { name: 'web', namespace: 'default', labels: { team: 'a' } };
    await ask(api.resource(services).create({ apiVersion: 'v1', kind: 'Service', metadata, spec }));
    await ask(api.resource(deployments).create(web('a:1', 3)));
    await time.advance(30_000);
    const [slice, ...others] = (await api.resource(endpointslices).list()).items;
    expect(others).toEqual([]);
    expect(slice).toMatchObject({ addressType: 'IPv4', ports: [{ name: 'web', port: 8080, protocol: 'TCP' }] });
    const addresses = world.pods('default').map(({ status }) => status?.podIP);
    expect(slice?.endpoints?.map((endpoint) => endpoint.addresses[0]).toSorted()).toEqual(addresses.toSorted());
    const legacy = await api.resource(endpoints).get({ name: 'web', namespace: 'default' });
    expect(legacy.subsets?.[0]?.addresses?.map(({ ip }) => ip).toSorted()).toEqual(addresses.toSorted());

    await ask(api.resource(services).delete({ name: 'web', namespace: 'default' }));
    await time.advance(10_000);
    expect(await api.resource(endpointslices).list()).toMatchObject({ items: [] });
    expect(await api.resource(endpoints).list()).toMatchObject({ items: [] });
    expectClean(world);
    await world.host.stop();
  });

  it('moves the pods of a node that falls silent, and takes them off when it is gone', async () => {
    const world = await createWorld(seed, ['node-1', 'node-2']);
    const { api, ask, time, deadNodes } = world;
    await time.advance(5000);
    const blocks = (await api.resource(nodes).list()).items.map(({ spec }) => spec?.podCIDR);
    expect(blocks.toSorted()).toEqual(['10.244.0.0/24', '10.244.1.0/24']);
    await ask(api.resource(deployments).create(web('a:1', 6)));
    await expectSettled(world, 6);
    const onFirst = world.pods('default').filter(({ spec }) => spec.nodeName === 'node-1').length;
    expect(onFirst).toBeGreaterThan(0);

    deadNodes.add('node-1');
    await time.advance(55_000);
    const lost = await api.resource(nodes).get({ name: 'node-1' });
    expect(lost.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    expect(lost.spec?.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    const ready = world.pods('default').filter(({ status }) => status?.conditions?.[0]?.status === 'True');
    expect(ready).toHaveLength(6 - onFirst);
    await time.advance(250_000);
    expect(world.pods('default')).toHaveLength(6);
    // Five minutes after the taint, what tolerates it for so long is deleted, and made anew elsewhere.
    await time.advance(60_000);
    const alive = world.pods('default').filter(({ metadata }) => !metadata.deletionTimestamp);
    expect(alive.map(({ spec }) => spec.nodeName)).toEqual(Array.from({ length: 6 }, () => 'node-2'));
    expect(world.pods('default')).toHaveLength(6 + onFirst);

    await ask(api.resource(nodes).delete({ name: 'node-1' }));
    await time.advance(90_000);
    expect(world.pods('default')).toHaveLength(6);
    expectClean(world);
    await world.host.stop();
  });
});
