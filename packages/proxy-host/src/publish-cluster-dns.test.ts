import { statusErrors } from '@trireme/api-machinery';
import { endpointslices, nodes, services } from '@trireme/schema/resources';
import { expect, it } from 'vitest';
import { createWorld, type World } from '../test/world.ts';
import { type ClusterDnsPublisher, publishClusterDns } from './index.ts';

const target = { name: 'kube-dns', namespace: 'kube-system' };
const optionsOf = (index: number) => ({
  nodeName: `n${index}`,
  nodeAddress: `10.0.0.${index}`,
  dnsAddress: '10.96.0.10',
});

function publisher(world: World, index = 1): ClusterDnsPublisher {
  return publishClusterDns({ ...world, client: world.api }, optionsOf(index));
}

it('is made by all nodes at once, each with an endpoint of its own', async () => {
  const world = createWorld();
  const { api, time } = world;
  const node = await world.addNode('n1', '10.244.0.0/24', '10.0.0.1');
  const both = [publisher(world, 1), publisher(world, 2)];
  await Promise.all([...both.map((each) => each.start()), time.advance(100)]);
  expect((await api.resource(services).get(target)).spec).toMatchObject({
    clusterIP: '10.96.0.10',
    internalTrafficPolicy: 'Local',
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 10_053 },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 10_053 },
    ],
  });
  const { items } = await api.resource(endpointslices).list();
  expect(
    items.map(({ metadata, endpoints }) => [metadata.name, endpoints?.[0]?.addresses, endpoints?.[0]?.nodeName]),
  ).toEqual([
    ['kube-dns-n1', ['10.0.0.1'], 'n1'],
    ['kube-dns-n2', ['10.0.0.2'], 'n2'],
  ]);
  // It goes with its node.
  expect(items[0]?.metadata.ownerReferences?.[0]?.uid).toBe(node.metadata.uid);
  const writes = api.writes.length;
  await time.advance(700_000);
  expect(api.writes.length).toBe(writes);
  expect(world.warnings).toEqual([]);
  await Promise.all(both.map((each) => each.stop()));
});

it('puts back what is deleted or changed, and follows a Node that was made anew', async () => {
  const world = createWorld();
  const { api, time } = world;
  const published = publisher(world);
  await Promise.all([published.start(), time.advance(100)]);
  const slices = api.resource(endpointslices);
  const slice = { name: 'kube-dns-n1', namespace: 'kube-system' };
  await api.resource(services).delete(target);
  await slices.patch(slice, { type: 'merge', body: { endpoints: [] } });
  await time.advance(3000);
  expect((await api.resource(services).get(target)).spec?.clusterIP).toBe('10.96.0.10');
  expect((await slices.get(slice)).endpoints).toHaveLength(1);
  await slices.delete(slice);
  await time.advance(3000);
  await world.addNode('n1', '10.244.0.0/24', '10.0.0.1');
  await time.advance(3000);
  const first = (await slices.get(slice)).metadata.ownerReferences?.[0]?.uid;
  await api.resource(nodes).delete({ name: 'n1' });
  const anew = await world.addNode('n1', '10.244.0.0/24', '10.0.0.1');
  await time.advance(3000);
  const second = (await slices.get(slice)).metadata.ownerReferences?.[0]?.uid;
  expect([first === second, second]).toEqual([false, anew.metadata.uid]);
  await published.stop();
});

it('leaves a cluster DNS alone that someone installed', async () => {
  const world = createWorld();
  const { api, time } = world;
  const metadata = { name: 'kube-dns', namespace: 'kube-system' };
  const spec = { clusterIP: '10.96.0.10', selector: { 'k8s-app': 'kube-dns' } };
  await api.resource(services).create({ apiVersion: 'v1', kind: 'Service', metadata, spec });
  const published = publisher(world);
  await Promise.all([published.start(), time.advance(100)]);
  expect((await api.resource(endpointslices).list()).items).toEqual([]);
  expect(world.warnings).toEqual(['kube-system/kube-dns is not ours, leaving it alone']);
  await published.stop();
});

it('tries again until the cluster takes it', async () => {
  const world = createWorld();
  const { api, time } = world;
  api.intercept = ({ verb }) => {
    if (verb === 'create') throw statusErrors.notFound({ ...services, resource: 'namespaces' }, 'kube-system');
  };
  const published = publisher(world);
  const start = published.start();
  await time.advance(5000);
  api.intercept = undefined;
  await time.advance(10_000);
  await start;
  expect((await api.resource(services).get(target)).metadata.name).toBe('kube-dns');
  await published.stop();
});
