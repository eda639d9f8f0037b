import type { ReplicaSet } from '@trireme/schema/types/apps/v1';
import type { Pod, PodStatus } from '@trireme/schema/types/core/v1';
import type { OwnerReference } from '@trireme/schema/types/meta/v1';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../controller.ts';
import { createView, describePlan } from '../testing/index.ts';
import { rankForDeletion } from './deletion-rank.ts';
import { reconcileReplicaSet } from './reconcile.ts';

const nowMs = Date.parse('2026-01-02T00:00:00Z');
const ago = (seconds: number): string => new Date(nowMs - seconds * 1000).toISOString().replace('.000', '');

const owner: OwnerReference = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'web',
  uid: 'set-uid',
  controller: true,
  blockOwnerDeletion: true,
};

const set = (replicas: number, more: Partial<ReplicaSet['spec']> = {}, metadata = {}): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'ns', uid: 'set-uid', generation: 2, ...metadata },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { name: '', labels: { app: 'web', x: 'y' } }, spec: { containers: [] } },
    ...more,
  },
});

interface PodSketch {
  readonly labels?: Record<string, string>;
  readonly owners?: readonly OwnerReference[];
  readonly status?: PodStatus;
  readonly deleting?: boolean;
  readonly ready?: number;
  readonly node?: string;
  readonly cost?: string;
  readonly age?: number;
  readonly restarts?: number;
}

const pod = (name: string, sketch: PodSketch = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'ns',
    uid: `uid-${name}`,
    labels: sketch.labels ?? { app: 'web' },
    ownerReferences: sketch.owners ?? [owner],
    creationTimestamp: ago(sketch.age ?? 100),
    ...(sketch.cost ? { annotations: { 'controller.kubernetes.io/pod-deletion-cost': sketch.cost } } : {}),
    ...(sketch.deleting ? { deletionTimestamp: ago(1) } : {}),
  },
  spec: { containers: [], ...(sketch.node ? { nodeName: sketch.node } : {}) },
  status: sketch.status ?? {
    phase: sketch.node ? 'Running' : 'Pending',
    conditions:
      sketch.ready === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: ago(sketch.ready) }],
    containerStatuses: [
      { name: 'c', image: '', imageID: '', ready: false, restartCount: sketch.restarts ?? 0 },
    ] as NonNullable<PodStatus['containerStatuses']>,
  },
});

const reconcile = (...objects: readonly (ReplicaSet | Pod)[]): Plan =>
  reconcileReplicaSet('ns/web', createView(objects), nowMs);
const statusOf = (plan: Plan): unknown => {
  for (const action of plan.actions) {
    if (action.type === 'update-status') return (action.object as ReplicaSet).status;
  }
  return undefined;
};

describe('replica set', () => {
  it.each([
    ['makes what is missing', [set(2)], ['create pods web-*', 'create pods web-*']],
    ['counts its active pods only', [set(2), pod('a'), pod('b', { deleting: true })], ['create pods web-*']],
    ['replaces pods that ended', [set(1), pod('a', { status: { phase: 'Failed' } })], ['create pods web-*']],
    ['deletes what is too much', [set(1), pod('a', { ready: 9, node: 'n' }), pod('b')], ['delete pods b']],
    ['makes nothing for what is being deleted', [set(2, {}, { deletionTimestamp: ago(1) })], []],
    ['leaves the pods of others', [set(0), pod('a', { owners: [{ ...owner, uid: 'other' }] })], []],
    ['is nothing without its set', [pod('a')], []],
  ] as const)('%s', (_, objects, expected) => {
    const lines = describePlan(reconcile(...objects)).filter((line) => !line.startsWith('update-status'));
    expect(lines).toEqual(expected);
  });

  it('makes pods from its template', () => {
    const [action] = reconcile(set(1)).actions;
    expect(action).toMatchObject({
      type: 'create',
      object: {
        metadata: { generateName: 'web-', namespace: 'ns', labels: { app: 'web', x: 'y' }, ownerReferences: [owner] },
        spec: { containers: [] },
      },
    });
  });

  it('adopts orphans that match and releases what matches no more, before it counts', () => {
    const orphan = pod('orphan', { owners: [] });
    const stray = pod('stray', { labels: { app: 'other' } });
    expect(describePlan(reconcile(set(5), orphan, stray)).toSorted()).toEqual([
      `patch pods orphan {"metadata":{"ownerReferences":[${JSON.stringify(owner)}]}}`,
      'patch pods stray {"metadata":{"ownerReferences":null}}',
    ]);
    const leaving = pod('leaving', { owners: [], deleting: true });
    expect(describePlan(reconcile(set(0), leaving)).filter((line) => line.startsWith('patch'))).toEqual([]);
  });

  it('counts into its status', () => {
    const plan = reconcile(
      set(3, { minReadySeconds: 10 }),
      pod('a', { node: 'n', ready: 60, labels: { app: 'web', x: 'y' } }),
      pod('b', { node: 'n', ready: 4 }),
      pod('c'),
      pod('d', { node: 'n', deleting: true }),
    );
    expect(statusOf(plan)).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 1,
      readyReplicas: 2,
      availableReplicas: 1,
      terminatingReplicas: 1,
      observedGeneration: 2,
    });
    expect(plan.requeueAfterMs).toBe(10_000);
  });

  it('says what keeps it from its pods, once, and takes it back', () => {
    const plan = reconcile(set(1));
    const [action] = plan.actions;
    if (!action) throw new Error('no action');
    const told =
      plan.onFailure?.([{ action, reason: 'Forbidden', message: 'pods "web-" is forbidden: exceeded quota' }]) ?? [];
    expect(describePlan({ actions: told })).toEqual([
      'event Warning FailedCreate: Error creating: pods "web-" is forbidden: exceeded quota',
      'update-status replicasets web',
    ]);
    const failed = told.flatMap((each) => (each.type === 'update-status' ? [each.object as ReplicaSet] : []));
    expect(failed[0]?.status?.conditions).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' },
    ]);
    expect(statusOf(reconcile(...failed, pod('a')))).not.toHaveProperty('conditions');
  });

  it('does not write a status that is there already', () => {
    const first = reconcile(set(1), pod('a'));
    expect(describePlan(first)).toEqual(['update-status replicasets web']);
    const settled = first.actions.flatMap((each) => (each.type === 'update-status' ? [each.object as ReplicaSet] : []));
    expect(describePlan(reconcile(...settled, pod('a')))).toEqual([]);
  });
});

describe('the order of deletion', () => {
  const rank = (sketches: Record<string, PodSketch & { readonly neighbours?: number }>): readonly string[] =>
    rankForDeletion(
      Object.entries(sketches).map(([name, sketch]) => ({
        pod: pod(name, sketch),
        neighbours: sketch.neighbours ?? 0,
      })),
      nowMs,
    ).map(({ metadata }) => metadata.name);

  it.each([
    ['unassigned first', { kept: { node: 'n', ready: 9 }, gone: {} }],
    ['pending before running', { kept: { node: 'n' }, gone: { node: 'n', status: { phase: 'Pending' } } }],
    ['not ready before ready', { kept: { node: 'n', ready: 9 }, gone: { node: 'n' } }],
    ['cheap before dear', { kept: { node: 'n', cost: '10' }, gone: { node: 'n', cost: '-10' } }],
    ['crowded before lonely', { kept: { node: 'n', neighbours: 1 }, gone: { node: 'n', neighbours: 2 } }],
    ['ready for less before ready for long', { kept: { node: 'n', ready: 9000 }, gone: { node: 'n', ready: 9 } }],
    ['restarted before steady', { kept: { node: 'n', restarts: 1 }, gone: { node: 'n', restarts: 5 } }],
    ['young before old', { kept: { node: 'n', age: 9000 }, gone: { node: 'n', age: 9 } }],
    ['ages of one magnitude by uid', { z: { node: 'n', age: 1000 }, a: { node: 'n', age: 1001 } }],
  ] as readonly [string, Record<string, PodSketch>][])('%s', (_, sketches) => {
    expect(rank(sketches)).toEqual(Object.keys(sketches).toReversed());
    expect(rank(Object.fromEntries(Object.entries(sketches).toReversed()))).toEqual(Object.keys(sketches).toReversed());
  });
});
