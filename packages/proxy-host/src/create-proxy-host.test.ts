import { endpointslices, nodes } from '@trireme/schema/resources';
import { describe, expect, it } from 'vitest';
import { createWorld, proxyOptions, type World } from '../test/world.ts';
import { createProxyHost, type ProxyHost } from './index.ts';

async function started(world: World): Promise<ProxyHost> {
  const proxy = createProxyHost(world, proxyOptions);
  const start = proxy.start();
  await world.time.advance(1000);
  await start;
  return proxy;
}

describe('createProxyHost', () => {
  it('puts a whole table in place first, and changes it from then on', async () => {
    const world = createWorld();
    const { kernel, time } = world;
    await world.addService('web');
    await world.addSlice('web', ['10.244.0.5']);
    const proxy = await started(world);
    expect(kernel.scripts).toHaveLength(1);
    expect(kernel.scripts[0]).toContain('dnat to 10.244.0.5:8080');
    await world.addService('other', { clusterIP: '10.96.0.21' });
    await time.advance(100);
    expect(kernel.scripts[1]).toBe(
      'add element ip trireme no-endpoint-services { 10.96.0.21 . tcp . 80 : goto reject-chain }\n',
    );
    expect(proxy.metrics()).toEqual({ applied: 2, replaced: 1, refused: 0 });
    await proxy.stop();
    await world.addSlice('other', ['10.244.0.6']);
    await time.advance(600_000);
    expect(kernel.scripts).toHaveLength(2);
  });

  it('makes one transaction of many changes', async () => {
    const world = createWorld();
    const proxy = await started(world);
    for (let i = 0; i < 20; i++) await world.addService(`s${i}`, { clusterIP: `10.96.1.${i}` });
    await world.time.advance(1000);
    expect(world.kernel.scripts.length).toBeLessThanOrEqual(3);
    expect(world.kernel.scripts.join('')).toContain('10.96.1.19');
    await proxy.stop();
  });

  it('gives the kernel nothing to do where nothing of it changed', async () => {
    const world = createWorld();
    const node = await world.addNode('n1', '10.244.0.0/24', '10.0.0.1');
    const slice = await world.addSlice('web', ['10.244.0.5']);
    const proxy = await started(world);
    const patch = { type: 'merge', body: { metadata: { annotations: { a: 'b' } } } } as const;
    await world.api.resource(endpointslices).patch({ name: slice.metadata.name, namespace: 'default' }, patch);
    await world.api.resource(nodes).patch({ name: node.metadata.name }, patch);
    await world.time.advance(700_000);
    expect(world.kernel.scripts).toHaveLength(1);
    expect(world.warnings).toEqual([]);
    await proxy.stop();
  });

  it('puts the table back that someone changed', async () => {
    const world = createWorld();
    const proxy = await started(world);
    world.kernel.meddle();
    await world.time.advance(290_000);
    expect(world.kernel.scripts).toHaveLength(1);
    await world.time.advance(20_000);
    expect(world.kernel.scripts).toHaveLength(2);
    expect(world.kernel.scripts[1]).toBe(world.kernel.scripts[0]);
    expect(world.warnings).toEqual(['the rules for Services were changed by someone else, replacing them']);
    await proxy.stop();
  });

  it('replaces the table where the kernel refuses a change, and tries again where it refuses all', async () => {
    const world = createWorld();
    const { kernel, time } = world;
    const proxy = await started(world);
    kernel.refuse = (what) => what.startsWith('add');
    await world.addService('web');
    await time.advance(1000);
    expect(kernel.scripts.at(-1)).toMatch(/^table ip trireme\ndelete table/);
    expect(kernel.scripts.at(-1)).toContain('10.96.0.20');
    kernel.refuse = () => true;
    await world.addService('late', { clusterIP: '10.96.0.30' });
    await time.advance(10_000);
    kernel.refuse = undefined;
    await time.advance(30_000);
    expect(kernel.scripts.at(-1)).toContain('10.96.0.30');
    expect(proxy.metrics().refused).toBeGreaterThan(2);
    await proxy.stop();
  });

  it('is started only once the kernel has the rules', async () => {
    const world = createWorld();
    world.kernel.refuse = () => true;
    const proxy = createProxyHost(world, proxyOptions);
    let done = false;
    const start = proxy.start().then(() => {
      done = true;
    });
    await world.time.advance(5000);
    expect(done).toBe(false);
    world.kernel.refuse = undefined;
    await world.time.advance(10_000);
    await start;
    expect(done).toBe(true);
    await proxy.stop();
  });

  it('forgets UDP connections to endpoints that went, and goes on where it cannot', async () => {
    const world = createWorld();
    const { kernel, time } = world;
    await world.addService('dns', { ports: [{ name: 'p', port: 53, protocol: 'UDP' }] });
    const slice = await world.addSlice('dns', ['10.244.0.5', '10.244.0.6'], 'UDP');
    const proxy = await started(world);
    kernel.forgotten.length = 0;
    const endpoints = [{ addresses: ['10.244.0.6'] }];
    await world.api.resource(endpointslices).update({ ...slice, endpoints });
    await time.advance(1000);
    expect(kernel.forgotten).toEqual(['-p udp --orig-dst 10.96.0.20 --orig-port-dst 53 --dst-nat 10.244.0.5']);
    kernel.refuse = (what) => what === 'conntrack';
    const now = await world.api.resource(endpointslices).get({ name: 'dns', namespace: 'default' });
    await world.api.resource(endpointslices).update({ ...now, endpoints: [{ addresses: ['10.244.0.9'] }] });
    await time.advance(1000);
    expect(kernel.scripts.at(-1)).toContain('10.244.0.9');
    expect(world.warnings).toEqual(['could not forget connections to an endpoint that is gone']);
    await proxy.stop();
  });

  it('routes to other nodes, around one that cannot be reached, and takes stale routes away', async () => {
    const world = createWorld();
    const { kernel, time } = world;
    await world.addNode('n1', '10.244.0.0/24', '10.0.0.1');
    await world.addNode('n2', '10.244.1.0/24', '10.0.0.2');
    kernel.routeTable.set('10.244.9.0/24', { cidr: '10.244.9.0/24', via: '10.0.0.9' });
    const proxy = await started(world);
    expect([...kernel.routeTable.values()]).toEqual([{ cidr: '10.244.1.0/24', via: '10.0.0.2' }]);
    kernel.refuse = (what) => what === 'route 10.244.3.0/24';
    await world.addNode('n3', '10.244.3.0/24', '172.16.0.3');
    await world.addNode('n4', '10.244.4.0/24', '10.0.0.4');
    await time.advance(2000);
    expect([...kernel.routeTable.keys()]).toEqual(['10.244.1.0/24', '10.244.4.0/24']);
    kernel.refuse = undefined;
    await world.api.resource(nodes).delete({ name: 'n2' });
    kernel.routeTable.delete('10.244.4.0/24');
    await time.advance(60_000);
    expect([...kernel.routeTable.keys()].sort()).toEqual(['10.244.3.0/24', '10.244.4.0/24']);
    await proxy.stop();
  });

  it('learns its pod range from its Node where it was not told', async () => {
    const world = createWorld();
    const proxy = createProxyHost(world, { ...proxyOptions, podCidr: undefined });
    const start = proxy.start();
    await world.time.advance(100);
    await start;
    expect(world.kernel.scripts.at(-1)).not.toContain('saddr 10.244.7.0/24');
    await world.addNode('n1', '10.244.7.0/24', '10.0.0.1');
    await world.time.advance(100);
    expect(world.kernel.scripts.at(-1)).toContain('ip saddr 10.244.7.0/24 ip daddr != 10.244.0.0/16');
    await proxy.stop();
  });
});
