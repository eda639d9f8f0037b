import { expect, test } from 'vitest';
import { chooseRanges, routeDestinations } from './choose-ranges.ts';
import { type NetworkStep, nodeNetworkPlan } from './plan.ts';

const options = {
  cluster: 'a-cluster-with-a-long-name',
  nodes: [
    { name: 'node-1', netns: 'ns-1' },
    { name: 'node-2', netns: 'ns-2' },
  ],
  nodeCidr: '10.40.0.0/24',
  podCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16',
};

const text = (steps: readonly NetworkStep[]) =>
  steps.map((step) =>
    step.do === 'ip' ? `${step.netns ?? 'host'}: ${step.args.join(' ')}` : step.do === 'nft' ? step.script : step.do,
  );

test('the fence comes first and falls last', () => {
  const { steps, undo } = nodeNetworkPlan(options);
  expect(text(steps).slice(0, 3)).toEqual([
    'host: route replace unreachable 10.244.0.0/16 metric 4294967000',
    'host: route replace unreachable 10.96.0.0/16 metric 4294967000',
    'host: route replace unreachable 10.40.0.0/24 metric 4294967000',
  ]);
  expect(
    text(undo)
      .slice(-3)
      .every((line) => line.startsWith('host: route delete unreachable')),
  ).toBe(true);
});

test('nodes reach each other and no node has a way out', () => {
  const plan = nodeNetworkPlan(options);
  expect(plan.nodes).toMatchObject([
    { address: '10.40.0.2', podCidr: '10.244.0.0/24' },
    { address: '10.40.0.3', podCidr: '10.244.1.0/24' },
  ]);
  const lines = text(plan.steps);
  expect(lines).toContain('ns-1: route replace 10.244.1.0/24 via 10.40.0.3 dev eth0');
  expect(lines).toContain('ns-2: route replace 10.244.0.0/24 via 10.40.0.2 dev eth0');
  expect(lines).toContain(`host: route replace 10.244.1.0/24 via 10.40.0.3 dev ${plan.bridge}`);
  expect(lines.filter((line) => line.includes('default') || line.includes('masquerade'))).toEqual([]);
  expect(plan.steps.filter((step) => step.do === 'sysctl' && step.netns === undefined)).toEqual([]);
});

test('only an uplink asked for opens a way out', () => {
  const lines = text(nodeNetworkPlan({ ...options, uplink: true }).steps);
  expect(lines).toContain('ns-1: route replace default via 10.40.0.1 dev eth0');
  expect(lines.at(-1)).toContain('masquerade');
});

test('names fit the kernel, and differ between clusters and nodes', () => {
  const names = ['one', 'two'].flatMap((cluster) => {
    const plan = nodeNetworkPlan({ ...options, cluster });
    return [plan.bridge, ...plan.nodes.map(({ hostLink }) => hostLink)];
  });
  expect(new Set(names).size).toBe(6);
  expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(15);
});

test('too many nodes for a range are refused', () => {
  expect(() => nodeNetworkPlan({ ...options, podCidr: '10.244.0.0/24' })).toThrow('too small');
});

test.each([
  ['nothing', [], { podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16', nodeCidr: '10.43.0.0/24' }],
  ['a default route', ['0.0.0.0/0', 'default'], { podCidr: '10.244.0.0/16' }],
  [
    'another cluster',
    ['10.244.1.7', '10.96.0.0/16', '10.43.0.0/24'],
    {
      podCidr: '10.245.0.0/16',
      serviceCidr: '10.97.0.0/16',
      nodeCidr: '10.43.1.0/24',
    },
  ],
])('ranges stay clear of %s', (_name, taken, ranges) => {
  expect(chooseRanges(taken)).toMatchObject(ranges);
});

test('a host that routes all of 10/8 leaves no range', () => {
  expect(() => chooseRanges(['10.0.0.0/8'])).toThrow('Give one yourself');
});

test('destinations are read from ip', () => {
  const json = '[{"dst":"default"},{"type":"unreachable","dst":"10.1.0.0/16"},{"dst":"10.2.0.1"},{"dst":"fe80::/64"}]';
  expect(routeDestinations(json)).toEqual(['10.1.0.0/16', '10.2.0.1']);
});
