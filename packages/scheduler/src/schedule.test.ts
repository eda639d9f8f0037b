import type { Node, Pod, PodSpec, Taint } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import { type NodeInfo, nodeInfoOf } from './framework/node-info.ts';
import { type Decision, schedule } from './framework/schedule.ts';
import { defaultPlugins } from './plugins/registry.ts';

interface NodeFacts {
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly labels?: Record<string, string>;
  readonly taints?: readonly Taint[];
  readonly cordoned?: boolean;
  readonly running?: readonly Pod[];
}

function node(name: string, facts: NodeFacts = {}): NodeInfo {
  const object: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...facts.labels } },
    spec: { taints: facts.taints, unschedulable: facts.cordoned },
    status: { allocatable: { cpu: facts.cpu ?? '4', memory: facts.memory ?? '8Gi', pods: facts.pods ?? '110' } },
  };
  return nodeInfoOf(object, facts.running ?? []);
}

function pod(name: string, spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
  };
}

const asking = (cpu: string, memory = '1Mi'): Partial<PodSpec> => ({
  containers: [{ name: 'c', image: 'busybox', resources: { requests: { cpu, memory } } }],
});

const decide = (subject: Pod, nodes: readonly NodeInfo[], tieBreak = 0): Decision =>
  schedule(subject, nodes, defaultPlugins, tieBreak);

describe('filters say why, in upstream words', () => {
  const noHelp = (count: number): string =>
    `preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`;
  it.each<[string, Pod, NodeInfo[], string]>([
    ['no nodes', pod('p'), [], 'no nodes available to schedule pods'],
    [
      'more than any node has',
      pod('p', asking('64')),
      [node('a'), node('b')],
      `0/2 nodes are available: 2 Insufficient cpu. ${noHelp(2)}`,
    ],
    [
      'more than is left',
      pod('p', asking('2')),
      [node('a', { running: [pod('x', asking('3'))] })],
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    ],
    [
      'too many pods',
      pod('p'),
      [node('a', { pods: '1', running: [pod('x')] })],
      '0/1 nodes are available: 1 Too many pods. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    ],
    [
      'cordoned',
      pod('p'),
      [node('a', { cordoned: true })],
      `0/1 nodes are available: 1 node(s) were unschedulable. ${noHelp(1)}`,
    ],
    [
      'tainted',
      pod('p'),
      [node('a', { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] })],
      `0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: db}. ${noHelp(1)}`,
    ],
    [
      'selector',
      pod('p', { nodeSelector: { disk: 'ssd' } }),
      [node('a')],
      `0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. ${noHelp(1)}`,
    ],
    [
      'host port taken',
      pod('p', { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] }),
      [
        node('a', {
          running: [
            pod('x', {
              containers: [{ name: 'c', ports: [{ containerPort: 8080, hostPort: 80, hostIP: '10.0.0.1' }] }],
            }),
          ],
        }),
      ],
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    ],
    [
      'several reasons',
      pod('p', asking('64', '1Ti')),
      [node('a'), node('b', { cordoned: true })],
      `0/2 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 node(s) were unschedulable. ${noHelp(2)}`,
    ],
  ])('%s', (_, subject, nodes, message) => {
    expect(decide(subject, nodes)).toMatchObject({ type: 'unschedulable', message });
  });
});

describe('tolerations', () => {
  it.each<[string, PodSpec['tolerations'], 'placed' | 'unschedulable']>([
    ['equal', [{ key: 'k', value: 'v', effect: 'NoSchedule' }], 'placed'],
    ['exists', [{ key: 'k', operator: 'Exists' }], 'placed'],
    ['everything', [{ operator: 'Exists' }], 'placed'],
    ['another value', [{ key: 'k', value: 'w' }], 'unschedulable'],
    ['another effect', [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }], 'unschedulable'],
  ])('%s', (_, tolerations, type) => {
    const tainted = node('a', { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] });
    expect(decide(pod('p', { tolerations }), [tainted]).type).toBe(type);
  });
});

describe('node affinity', () => {
  it.each<[string, string, string[], boolean]>([
    ['In', 'zone', ['a', 'b'], true],
    ['NotIn', 'zone', ['a'], false],
    ['NotIn', 'missing', ['a'], true],
    ['Exists', 'zone', [], true],
    ['DoesNotExist', 'zone', [], false],
    ['Gt', 'cores', ['3'], true],
    ['Lt', 'cores', ['3'], false],
    ['Gt', 'zone', ['3'], false],
  ])('%s %s %j', (operator, key, values, placed) => {
    const required = { nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }] } as never;
    const subject = pod('p', {
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } },
    });
    expect(decide(subject, [node('n', { labels: { zone: 'a', cores: '8' } })]).type).toBe(
      placed ? 'placed' : 'unschedulable',
    );
  });

  it('prefers what is preferred', () => {
    const preferred = [
      { weight: 50, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' as const }] } },
    ];
    const subject = pod('p', {
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } },
    });
    expect(decide(subject, [node('a'), node('b', { labels: { disk: 'ssd' } })])).toMatchObject({ node: 'b' });
  });
});

describe('requests', () => {
  const resources = (cpu: string) => ({ resources: { requests: { cpu } } });
  it.each<[string, Partial<PodSpec>, 'placed' | 'unschedulable']>([
    [
      'containers add up',
      {
        containers: [
          { name: 'a', ...resources('2') },
          { name: 'b', ...resources('2500m') },
        ],
      },
      'unschedulable',
    ],
    [
      'init containers take turns',
      {
        initContainers: [
          { name: 'i', ...resources('4') },
          { name: 'j', ...resources('4') },
        ],
      },
      'placed',
    ],
    [
      'sidecars stay',
      {
        initContainers: [{ name: 's', restartPolicy: 'Always', ...resources('3') }],
        containers: [{ name: 'c', ...resources('1500m') }],
      },
      'unschedulable',
    ],
    [
      'a sidecar runs beside later init containers',
      {
        initContainers: [
          { name: 's', restartPolicy: 'Always', ...resources('1') },
          { name: 'i', ...resources('3500m') },
        ],
      },
      'unschedulable',
    ],
    ['overhead counts', { overhead: { cpu: '5' } }, 'unschedulable'],
  ])('%s', (_, spec, type) => {
    expect(decide(pod('p', spec), [node('a')]).type).toBe(type);
  });
});

describe('spreading', () => {
  const labels = { app: 'web' };
  const owner = {
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true }],
    labels,
  };

  it('siblings of one controller go to the emptier node', () => {
    const first = decide(pod('p2', {}, owner), [node('a', { running: [pod('p1', {}, owner)] }), node('b')]);
    expect(first).toMatchObject({ node: 'b' });
  });

  it('spreads ten replicas evenly over unequal nodes of the same size', () => {
    const running = new Map<string, Pod[]>([
      ['a', []],
      ['b', []],
    ]);
    for (let i = 0; i < 10; i++) {
      const nodes = [...running].map(([name, pods]) => node(name, { running: pods }));
      const placed = decide(pod(`p${i}`, {}, owner), nodes, 0.99);
      if (placed.type !== 'placed') throw new Error(placed.message);
      running.get(placed.node)?.push(pod(`p${i}`, {}, owner));
    }
    expect([...running.values()].map((pods) => pods.length)).toEqual([5, 5]);
  });

  it('a hard constraint refuses too great a skew', () => {
    const topologySpreadConstraints = [
      {
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule' as const,
        labelSelector: { matchLabels: labels },
      },
    ];
    const full = node('a', { labels: { zone: 'z1' }, running: [pod('x', {}, { labels })] });
    const cordoned = node('b', { labels: { zone: 'z2' }, cordoned: true });
    expect(decide(pod('p', { topologySpreadConstraints }, { labels }), [full, cordoned])).toMatchObject({
      type: 'unschedulable',
      message: expect.stringContaining("1 node(s) didn't match pod topology spread constraints"),
    });
  });

  it('a node without the label is refused', () => {
    const topologySpreadConstraints = [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' as const },
    ];
    expect(decide(pod('p', { topologySpreadConstraints }, { labels }), [node('a')])).toMatchObject({
      message: expect.stringContaining('(missing required label)'),
    });
  });
});

describe('choice', () => {
  it('takes the node with most left', () => {
    const busy = node('a', { running: [pod('x', asking('3', '6Gi'))] });
    expect(decide(pod('p', asking('500m', '512Mi')), [busy, node('b')])).toMatchObject({ node: 'b' });
  });

  it('breaks ties by the given number alone', () => {
    const nodes = [node('a'), node('b'), node('c')];
    const chosen = [0, 0.34, 0.99]
      .map((tieBreak) => decide(pod('p'), nodes, tieBreak))
      .map((each) => each.type === 'placed' && each.node);
    expect(chosen).toEqual(['a', 'b', 'c']);
  });

  it('explains its scores by plugin', () => {
    const decision = decide(pod('p'), [node('a')]);
    expect(decision.type === 'placed' && Object.keys(decision.scores[0]?.byPlugin ?? {})).toEqual([
      'TaintToleration',
      'NodeAffinity',
      'NodeResourcesFit',
      'PodTopologySpread',
      'NodeResourcesBalancedAllocation',
    ]);
  });
});
