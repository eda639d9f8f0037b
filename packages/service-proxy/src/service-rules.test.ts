import type { Service } from '@trireme/schema/types/core/v1';
import type { EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { describe, expect, it } from 'vitest';
import { dns, endpoint, http, rules, service, slice } from '../test/objects.ts';
import { changeNft, renderNft } from './index.ts';

const [here, there] = ['10.244.0.5', '10.244.1.6'];
const empty = rules([], []);
const nodePort = { type: 'NodePort', ports: [{ ...http, nodePort: 30_080 }] } as const;

/** What a cluster without Services must add to its table. */
const added = (services: readonly Service[], slices: readonly EndpointSlice[]): string =>
  changeNft(empty, rules(services, slices)).replaceAll(' ip trireme ', ' ');

const golden: readonly (readonly [name: string, services: readonly Service[], slices: readonly EndpointSlice[]])[] = [
  ['cluster-ip', [service('web', {})], [slice('web', [there, here])]],
  ['two-protocols', [service('web', { ports: [http, dns] })], [slice('web', [here])]],
  ['node-port', [service('web', { ...nodePort, externalIPs: ['192.0.2.7'] })], [slice('web', [here, there])]],
  ['external-local', [service('web', { ...nodePort, externalTrafficPolicy: 'Local' })], [slice('web', [here, there])]],
  [
    'external-local-elsewhere',
    [service('web', { ...nodePort, externalTrafficPolicy: 'Local' })],
    [slice('web', [there])],
  ],
  ['internal-local', [service('web', { internalTrafficPolicy: 'Local' })], [slice('web', [here, there])]],
  ['internal-local-elsewhere', [service('web', { internalTrafficPolicy: 'Local' })], [slice('web', [there])]],
  ['session-affinity', [service('web', { sessionAffinity: 'ClientIP' })], [slice('web', [here, there])]],
  ['no-endpoints', [service('web', nodePort)], []],
  [
    'load-balancer',
    [
      service(
        'web',
        { type: 'LoadBalancer', loadBalancerSourceRanges: ['198.51.100.0/24'] },
        { status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }, { ip: '203.0.113.10', ipMode: 'Proxy' }] } } },
      ),
    ],
    [slice('web', [here])],
  ],
];

describe('serviceRules', () => {
  it('makes the table of a cluster without Services', async () => {
    await expect(renderNft(empty)).toMatchFileSnapshot('testdata/empty.nft');
  });

  it.each(golden)('%s', async (name, services, slices) => {
    await expect(added(services, slices)).toMatchFileSnapshot(`testdata/${name}.nft`);
  });

  it.each<[string, Service]>([
    ['headless', service('web', { clusterIP: 'None', clusterIPs: ['None'] })],
    ['external name', service('web', { type: 'ExternalName', externalName: 'example.com' })],
    ['without an address yet', service('web', { clusterIP: '' })],
    ['only of IPv6', service('web', { clusterIP: 'fd00::20', clusterIPs: ['fd00::20'] })],
    [
      'of another proxy',
      service('web', {}, { metadata: { name: 'web', labels: { 'service.kubernetes.io/service-proxy-name': 'x' } } }),
    ],
  ])('leaves out Services that are %s', (_, object) => {
    expect(added([object], [slice('web', [here])])).toBe('');
  });

  const [ready, notReady] = [{ ready: true }, { ready: false, serving: false }];
  const draining = { ready: false, serving: true, terminating: true };
  it.each<[string, readonly EndpointSlice[], readonly string[]]>([
    ['ready ones', [slice('web', [endpoint(here, ready), endpoint(there, notReady)])], [here]],
    ['those that say nothing', [slice('web', [endpoint(here)])], [here]],
    [
      'no terminating one beside a ready one',
      [slice('web', [endpoint(here, ready), endpoint(there, draining)])],
      [here],
    ],
    [
      'terminating ones that serve, where no other is',
      [slice('web', [endpoint(there, draining), endpoint(here, notReady)])],
      [there],
    ],
    [
      'all slices',
      [slice('web', [here]), slice('web', [there], { metadata: { ...slice('web', []).metadata, name: 'y' } })],
      [here, there],
    ],
    ['an address once', [slice('web', [endpoint(here, notReady), endpoint(here, ready)])], [here]],
    ['the first address alone', [slice('web', [{ addresses: [here, there] }])], [here]],
    ['none of other protocols', [slice('web', [here], { ports: [{ name: 'http', port: 1, protocol: 'UDP' }] })], []],
    ['none of other port names', [slice('web', [here], { ports: [{ name: 'https', port: 1, protocol: 'TCP' }] })], []],
    ['none without a port', [slice('web', [here], { ports: [{ name: 'http' }] })], []],
    ['none of names', [slice('web', [here], { addressType: 'FQDN' })], []],
    ['none of other Services', [slice('other', [here])], []],
    [
      'none of other namespaces',
      [slice('web', [here], { metadata: { ...slice('web', []).metadata, namespace: 'x' } })],
      [],
    ],
  ])('sends to %s', (_, slices, expected) => {
    const text = added([service('web', {})], slices);
    const targets = [...text.matchAll(/dnat to ([\d.]+):/g)].map(([, address]) => address);
    expect(targets.sort()).toEqual(expected);
    if (expected.length === 0)
      expect(text).toContain('no-endpoint-services { 10.96.0.20 . tcp . 80 : goto reject-chain }');
  });

  it('is the same text whatever the order of its input', () => {
    const services = [service('a', {}), service('b', { clusterIP: '10.96.0.21' })];
    const slices = [slice('a', [here, there]), slice('b', [there, here])];
    expect(renderNft(rules(services.toReversed(), slices.toReversed()))).toBe(renderNft(rules(services, slices)));
  });

  it('gives an external address that two Services claim to the first', () => {
    const claim = { externalIPs: ['192.0.2.7'] };
    const text = added(
      [service('b', { ...claim, clusterIP: '10.96.0.21' }), service('a', claim)],
      [slice('a', [here]), slice('b', [here])],
    );
    expect(text).toContain('192.0.2.7 . tcp . 80 : goto external/default/a/tcp/http');
    expect(text).not.toContain('192.0.2.7 . tcp . 80 : goto external/default/b/tcp/http');
  });

  it("limits node ports to the node's own addresses where asked to", () => {
    const text = renderNft(rules([], [], { nodePortsOn: 'node-addresses' }));
    expect(text).toContain('ip daddr { 10.0.0.2 } meta l4proto . th dport vmap @service-nodeports');
    expect(text).not.toContain('fib daddr');
  });

  it('shortens names that are too long, each to another', () => {
    const long = 'x'.repeat(63);
    const ports = ['a', 'b'].map((name, index) => ({
      name: name.repeat(15),
      port: 80 + index,
      protocol: 'TCP' as const,
    }));
    const object = service(long, { ports }, { metadata: { name: long, namespace: long } });
    const chains = rules(
      [object],
      [
        slice(long, [here], {
          ports: ports.map(({ name }) => ({ name, port: 1, protocol: 'TCP' })),
          metadata: { name: long, namespace: long, labels: { 'kubernetes.io/service-name': long } },
        }),
      ],
    ).chains;
    const names = chains.map(({ name }) => name).filter((name) => name.includes(long));
    expect(new Set(names).size).toBe(4);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(120);
  });
});
