import type { ApiObject } from '@trireme/schema';
import type { Lease } from '@trireme/schema/types/coordination/v1';
import type { Node, NodeCondition, Pod, Taint, Toleration } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import { createPodGarbageCollector } from '../pod-gc/reconcile.ts';
import { createTaintEvictionController } from '../taint-eviction/reconcile.ts';
import { evictionTimeMs } from '../taint-eviction/tolerations.ts';
import { createView, describePlan } from '../testing/index.ts';
import { createNodeLifecycleController } from './reconcile.ts';
import { taintsFor } from './taints.ts';

const startMs = Date.parse('2026-01-02T00:00:00Z');
const at = (ms: number): string => `${new Date(startMs + ms).toISOString().slice(0, 19)}Z`;
const ready = (status: 'True' | 'False' | 'Unknown'): NodeCondition => ({ type: 'Ready', status, reason: 'r' });
const node = (name: string, conditions: readonly NodeCondition[], taints?: readonly Taint[]): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: `uid-${name}` },
  spec: taints ? { taints } : {},
  status: { conditions },
});
const lease = (name: string, renewTime: string): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace: 'kube-node-lease' },
  spec: { renewTime },
});
const pod = (name: string, nodeName: string | undefined, more: Partial<Pod['metadata']> = {}, spec = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '4', ...more },
  spec: { containers: [], ...(nodeName ? { nodeName } : {}), ...spec },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

describe('a silent node', () => {
  it('is lost after 40 s in which nothing new was heard, whatever its own clock says', () => {
    const controller = createNodeLifecycleController();
    // The node's clock is a day behind; only that its lease changes counts.
    const look = (ms: number, renewTime: string) =>
      controller.reconcile('a', createView([node('a', [ready('True')]), lease('a', renewTime)]), startMs + ms);
    expect(look(0, 't0').requeueAfterMs).toBe(40_000);
    expect(look(30_000, 't1').requeueAfterMs).toBe(40_000);
    expect(describePlan(look(69_999, 't1'))).toEqual([]);
    expect(describePlan(look(70_000, 't1'))[0]).toBe('update-status nodes a');
    expect(describePlan(look(70_001, 't2'))).toEqual([]);
  });

  it('gets Unknown conditions, taints, and pods that are not ready', () => {
    const controller = createNodeLifecycleController();
    const objects = [
      node('a', [ready('True'), { type: 'MemoryPressure', status: 'False' }]),
      node('b', [ready('True')]),
      pod('p', 'a'),
      pod('q', 'b'),
    ];
    controller.reconcile('a', createView(objects), startMs);
    const plan = controller.reconcile('a', createView(objects), startMs + 40_000);
    const [status] = plan.actions;
    const conditions = status?.type === 'update-status' ? (status.object as Node).status?.conditions : [];
    expect(conditions?.map((each) => `${each.type} ${each.status} ${each.reason}`)).toEqual([
      'Ready Unknown NodeStatusUnknown',
      'MemoryPressure Unknown NodeStatusUnknown',
      'DiskPressure Unknown NodeStatusNeverUpdated',
      'PIDPressure Unknown NodeStatusNeverUpdated',
    ]);
    const added = at(40_000);
    expect(describePlan(plan).slice(1)).toEqual([
      `patch nodes a {"spec":{"taints":[{"key":"node.kubernetes.io/unreachable","effect":"NoSchedule","timeAdded":"${added}"},{"key":"node.kubernetes.io/unreachable","effect":"NoExecute","timeAdded":"${added}"}]}}`,
      'event Normal NodeNotReady: Node a status is now: NodeNotReady',
      `patch pods p {"status":{"conditions":[{"type":"Ready","status":"False","lastTransitionTime":"${added}"}]}}`,
      'event Warning NodeNotReady: Node is not ready',
    ]);
  });

  it('does not evict when every node is silent', () => {
    const controller = createNodeLifecycleController();
    const view = createView([node('a', [ready('True')])]);
    controller.reconcile('a', view, startMs);
    const [, taint] = describePlan(controller.reconcile('a', view, startMs + 40_000));
    expect(taint).toContain('NoSchedule');
    expect(taint).not.toContain('NoExecute');
  });

  it('has more time when it has never reported', () => {
    const controller = createNodeLifecycleController();
    const view = createView([node('a', [])]);
    expect(controller.reconcile('a', view, startMs).requeueAfterMs).toBe(60_000);
    expect(describePlan(controller.reconcile('a', view, startMs + 59_000))).toEqual([]);
    expect(describePlan(controller.reconcile('a', view, startMs + 60_000))[0]).toBe('update-status nodes a');
  });
});

describe('taints', () => {
  const mine = { key: 'mine', effect: 'NoSchedule' } as const;
  const texts = (conditions: readonly NodeCondition[], before: readonly Taint[] = [], unschedulable = false) => {
    const tainted = node('a', conditions, before);
    const cordoned = unschedulable ? { ...tainted, spec: { ...tainted.spec, unschedulable } } : tainted;
    return taintsFor(cordoned, true, at(0)).map(({ key, effect, timeAdded }) =>
      [key, effect, timeAdded].join(' ').trim(),
    );
  };
  const earlier = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: at(-60_000) } as const;
  it.each([
    ['of others stay', [ready('True')], [mine], ['mine NoSchedule']],
    ['go when the node is back', [ready('True')], [earlier, mine], ['mine NoSchedule']],
    [
      'that stay keep their time',
      [ready('Unknown')],
      [earlier],
      [`${earlier.key} NoExecute ${earlier.timeAdded}`, `${earlier.key} NoSchedule ${at(0)}`],
    ],
    [
      'follow pressure',
      [ready('True'), { type: 'DiskPressure', status: 'True' }],
      [],
      [`node.kubernetes.io/disk-pressure NoSchedule ${at(0)}`],
    ],
    [
      'change with the reason',
      [ready('False')],
      [earlier],
      [`node.kubernetes.io/not-ready NoSchedule ${at(0)}`, `node.kubernetes.io/not-ready NoExecute ${at(0)}`],
    ],
  ] as const)('%s', (_, conditions, before, expected) => {
    expect(texts(conditions, before)).toEqual(expected);
  });

  it('say that a node is cordoned', () => {
    expect(texts([ready('True')], [], true)).toEqual([`node.kubernetes.io/unschedulable NoSchedule ${at(0)}`]);
  });
});

describe('tolerations', () => {
  const taint: Taint = { key: 'k', value: 'v', effect: 'NoExecute', timeAdded: at(0) };
  const other: Taint = { key: 'l', effect: 'NoExecute', timeAdded: at(10_000) };
  const all = (tolerationSeconds?: number): Toleration => ({
    operator: 'Exists',
    ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
  });
  it.each([
    ['not tolerated', [taint], [], 5000],
    ['tolerated for good', [taint], [all()], undefined],
    ['for a while', [taint], [all(300)], 300_000],
    [
      'for the shortest of several',
      [taint],
      [all(300), { key: 'k', operator: 'Exists', tolerationSeconds: 20 }],
      20_000,
    ],
    ['until the first of several taints', [taint, other], [all(300)], 300_000],
    ['one of several not tolerated', [taint, other], [{ key: 'k', operator: 'Exists' }], 5000],
  ] as const)('%s', (_, taints, tolerations, expected) => {
    const due = evictionTimeMs(taints, tolerations, startMs + 5000);
    expect(due === undefined ? undefined : due - startMs).toBe(expected);
  });

  it('end in an eviction that says why', () => {
    const controller = createTaintEvictionController();
    const tainted = node('a', [], [taint]);
    const tolerant = pod('p', 'a', {}, { tolerations: [all(300)] });
    const early = controller.reconcile('ns/p', createView([tainted, tolerant]), startMs + 100_000);
    expect([early.requeueAfterMs, describePlan(early)]).toEqual([200_000, []]);
    expect(describePlan(controller.reconcile('ns/p', createView([tainted, tolerant]), startMs + 300_000))).toEqual([
      'event Normal TaintManagerEviction: Marking for deletion Pod ns/p',
      expect.stringContaining('"reason":"DeletionByTaintManager"'),
      'delete pods p',
    ]);
  });
});

describe('pods that no kubelet will remove', () => {
  const look = (
    objects: readonly ApiObject[],
    ms = 0,
    collector = createPodGarbageCollector({ terminatedPodThreshold: 1 }),
  ) => collector.reconcile('ns/p', createView(objects), startMs + ms);
  const deleting = { deletionTimestamp: at(0) };

  it('are removed some time after their node is gone', () => {
    const collector = createPodGarbageCollector();
    expect(look([pod('p', 'gone')], 0, collector).requeueAfterMs).toBe(40_000);
    const plan = look([pod('p', 'gone')], 40_000, collector);
    expect(describePlan(plan)).toEqual([expect.stringContaining('"phase":"Failed"'), 'delete pods p']);
    expect(plan.actions).toMatchObject([{ onlyIfGone: [{ name: 'gone' }] }, { onlyIfGone: [{ name: 'gone' }] }]);
    look([pod('p', 'gone'), node('gone', [])], 41_000, collector);
    expect(look([pod('p', 'gone')], 42_000, collector).requeueAfterMs).toBe(40_000);
  });

  it('are removed where they never had a node, or theirs is out of service', () => {
    expect(describePlan(look([pod('p', undefined, deleting)]))).toEqual(['delete pods p']);
    expect(describePlan(look([pod('p', undefined)]))).toEqual([]);
    const out = node('a', [ready('Unknown')], [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }]);
    expect(describePlan(look([pod('p', 'a', deleting), out]))).toHaveLength(2);
    expect(describePlan(look([pod('p', 'a', deleting), node('a', [ready('Unknown')])]))).toEqual([]);
  });

  it('are trimmed to the newest where they have ended', () => {
    const ended = (name: string, ms: number): Pod => ({
      ...pod(name, 'a', { creationTimestamp: at(ms) }),
      status: { phase: 'Succeeded' },
    });
    const objects = [ended('newest', 9000), ended('oldest', 0), ended('middle', 5000), pod('runs', 'a')];
    const collector = createPodGarbageCollector({ terminatedPodThreshold: 1 });
    expect(describePlan(collector.reconcile('terminated', createView(objects), startMs))).toEqual([
      'delete pods oldest',
      'delete pods middle',
    ]);
  });
});
