import type { Deployment, ReplicaSet } from '@trireme/schema/types/apps/v1';
import type { Pod } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import { describePlan } from '../testing/index.ts';
import {
  at,
  conditionOf,
  events,
  percents,
  reconcile,
  recreate,
  scaling,
  set,
  statusOf,
  web,
} from './test-sketches.ts';

describe('the first rollout', () => {
  it('makes a set with all that is asked for', () => {
    const plan = reconcile(web(3));
    expect(scaling(plan)).toEqual(['new=3']);
    const [create] = plan.actions;
    if (create?.type !== 'create') throw new Error('no create');
    const made = create.object as ReplicaSet;
    const hash = made.metadata.labels?.['pod-template-hash'] ?? '';
    expect(made.metadata).toMatchObject({
      name: `web-${hash}`,
      annotations: {
        'kubernetes.io/change-cause': 'why',
        'deployment.kubernetes.io/revision': '1',
        'deployment.kubernetes.io/desired-replicas': '3',
        'deployment.kubernetes.io/max-replicas': '4',
      },
      ownerReferences: [{ uid: 'd-uid', controller: true, blockOwnerDeletion: true }],
    });
    expect(made.spec.selector.matchLabels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(made.spec.template?.metadata?.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(create.onDone?.(made)).toMatchObject([
      { reason: 'ScalingReplicaSet', message: `Scaled up replica set web-${hash} from 0 to 3` },
    ]);
    expect(statusOf(plan)).toMatchObject({ observedGeneration: 7, unavailableReplicas: 3 });
    expect(conditionOf(plan, 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetCreated',
      message: `Created new replica set "web-${hash}"`,
    });
    expect(conditionOf(plan, 'Available')).toMatchObject({ status: 'False', reason: 'MinimumReplicasUnavailable' });
    expect(plan.requeueAfterMs).toBe(601_000);
  });

  it('says why its set could not be made, unless it is there already', () => {
    const plan = reconcile(web(3));
    const [action] = plan.actions;
    if (!action) throw new Error('no action');
    const told = plan.onFailure?.([{ action, reason: 'Forbidden', message: 'quota' }]) ?? [];
    expect(conditionOf({ actions: told }, 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'ReplicaSetCreateError',
      message: 'quota',
    });
    expect(plan.onFailure?.([{ action, reason: 'AlreadyExists', message: 'there' }])).toEqual([]);
  });

  it('names the set anew where another has its name', () => {
    const [first] = reconcile(web(3)).actions;
    const name = first?.type === 'create' ? first.object.metadata.name : '';
    const squatter = { ...set('x', { replicas: 0 }), metadata: { name, namespace: 'ns', uid: 'squatter' } };
    const plan = reconcile(web(3), squatter);
    expect(describePlan(plan)).toEqual(['update-status deployments web']);
    expect(statusOf(plan).collisionCount).toBe(1);
    const [second] = reconcile(web(3, {}, { collisionCount: 1 }), squatter).actions;
    expect(second?.type === 'create' && second.object.metadata.name).not.toBe(name);
  });
});

describe('a rolling update', () => {
  const cases: readonly [string, Deployment, readonly ReplicaSet[], readonly string[]][] = [
    ['starts with the surge', web(3), [set('old', { replicas: 3 })], ['new=1']],
    [
      'takes an old pod for each new one that is available',
      web(3),
      [set('old', { replicas: 3 }), set('new', { image: 'v2', replicas: 1, revision: 2 })],
      ['old=2'],
    ],
    [
      'waits while the new one is not',
      web(3),
      [set('old', { replicas: 3 }), set('new', { image: 'v2', replicas: 1, available: 0, revision: 2 })],
      [],
    ],
    [
      'goes on where there is room',
      web(3),
      [set('old', { replicas: 2 }), set('new', { image: 'v2', replicas: 1, revision: 2 })],
      ['new=2'],
    ],
    [
      'removes broken old pods first, without waiting',
      web(3),
      [set('old', { replicas: 3, available: 2 }), set('new', { image: 'v2', replicas: 1, available: 1, revision: 2 })],
      ['old=2'],
    ],
    [
      'removes nothing while the new ones are the broken ones',
      web(10, percents),
      [
        set('old', { replicas: 8, available: 3, desired: 10, max: 13 }),
        set('new', { image: 'v2', replicas: 5, available: 0, revision: 2, desired: 10, max: 13 }),
      ],
      [],
    ],
    [
      'takes shares of 25% up and down',
      web(10, percents),
      [set('old', { replicas: 10, desired: 10, max: 13 })],
      ['old=8', 'new=3'],
    ],
    [
      'lets one be missing where neither surge nor absence is allowed',
      web(1, { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '1%', maxUnavailable: '0%' } } }),
      [set('old', { replicas: 1, desired: 1, max: 2 })],
      ['new=1'],
    ],
    [
      'goes back to an old set that has the template again',
      web(3),
      [set('older', { image: 'v2', replicas: 0, revision: 1 }), set('old', { replicas: 3, revision: 2 })],
      ['older=1'],
    ],
  ];
  it.each(cases)('%s', (_, deployment, sets, expected) => {
    expect(scaling(reconcile(deployment, ...sets)).toSorted()).toEqual(expected.toSorted());
  });

  it('ends after as many steps as it needs, and never breaks its limits', () => {
    for (const [surge, unavailable] of [
      [1, 0],
      [0, 1],
      ['25%', '25%'],
      ['100%', 0],
      [0, '50%'],
    ] as const) {
      const deployment = web(7, {
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
      });
      const most = typeof surge === 'number' ? surge : Math.ceil((7 * Number.parseInt(surge, 10)) / 100);
      const least =
        7 - (typeof unavailable === 'number' ? unavailable : Math.floor((7 * Number.parseInt(unavailable, 10)) / 100));
      let sets: readonly ReplicaSet[] = [set('old', { replicas: 7, desired: 7, max: 7 + most })];
      let steps = 0;
      for (; steps < 60; steps++) {
        const plan = reconcile(deployment, ...sets);
        const changes = plan.actions.flatMap((action) =>
          action.type === 'create' || action.type === 'update' ? [action.object as ReplicaSet] : [],
        );
        if (changes.length === 0) break;
        const kept = sets.filter((each) => !changes.some(({ metadata }) => metadata.name === each.metadata.name));
        sets = [...kept, ...changes].map((each) => ({
          ...each,
          metadata: {
            ...each.metadata,
            uid: each.metadata.uid ?? 'uid-new',
            creationTimestamp: each.metadata.creationTimestamp ?? at(0),
          },
          status: {
            replicas: each.spec.replicas ?? 0,
            readyReplicas: each.spec.replicas,
            availableReplicas: each.spec.replicas,
          },
        }));
        const total = sets.reduce((sum, each) => sum + (each.spec.replicas ?? 0), 0);
        expect(total).toBeLessThanOrEqual(7 + most);
        expect(total).toBeGreaterThanOrEqual(least);
      }
      expect(steps).toBeLessThan(60);
      expect(sets.map(({ spec }) => spec.replicas).toSorted()).toEqual([0, 7]);
    }
  });

  it('counts revisions up, and keeps the history of a set that comes back', () => {
    const plan = reconcile(
      web(3),
      set('older', { image: 'v2', replicas: 0, revision: 1 }),
      set('old', { replicas: 3, revision: 2 }),
    );
    const [update] = plan.actions.filter(({ type }) => type === 'update');
    expect(update?.type === 'update' && update.object.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
    expect(describePlan(plan)).toContain(
      'patch deployments web {"metadata":{"annotations":{"deployment.kubernetes.io/revision":"3"}}}',
    );
    expect(events(plan)).toEqual(['event Normal ScalingReplicaSet: Scaled up replica set older from 0 to 1']);
  });
});

describe('a recreation', () => {
  const pod = (phase: 'Running' | 'Succeeded'): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      namespace: 'ns',
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'old', uid: 'uid-old', controller: true }],
    },
    spec: { containers: [] },
    status: { phase },
  });
  const empty = set('old', { replicas: 0, desired: 3 });

  it.each([
    ['takes all old pods first', [set('old', { replicas: 3 })], ['old=0']],
    ['waits until the last has ended', [set('old', { replicas: 0, actual: 0 }), pod('Running')], []],
    ['waits for what the set still counts', [set('old', { replicas: 0, actual: 1 })], []],
    ['does not wait for pods that ended by themselves', [empty, pod('Succeeded')], ['new=3']],
    ['then makes the new ones', [empty], ['new=3']],
  ] as const)('%s', (_, objects, expected) => {
    expect(scaling(reconcile(web(3, recreate), ...objects))).toEqual(expected);
  });
});

describe('scaling', () => {
  it.each([
    ['the only set', web(5), [set('new', { image: 'v2', replicas: 3, revision: 2 })], ['new=5']],
    ['down', web(1), [set('new', { image: 'v2', replicas: 3, revision: 2 })], ['new=1']],
    ['to nothing', web(0), [set('new', { image: 'v2', replicas: 3, revision: 2 })], ['new=0']],
    [
      'shares what is added in the middle of a rollout',
      web(20, percents),
      [
        set('old', { replicas: 8, available: 8, desired: 10, max: 13 }),
        set('new', { image: 'v2', replicas: 5, available: 2, revision: 2, desired: 10, max: 13 }),
      ],
      ['new=10', 'old=15'],
    ],
    [
      'gives what rounding leaves over to the newest of the largest',
      web(5),
      [
        set('old', { replicas: 1, desired: 2, max: 3 }),
        set('new', { image: 'v2', replicas: 1, available: 0, revision: 2, desired: 2, max: 3 }),
      ],
      ['new=4', 'old=2'],
    ],
    [
      'shares what is taken',
      web(5, percents),
      [
        set('old', { replicas: 8, desired: 10, max: 13 }),
        set('new', { image: 'v2', replicas: 5, available: 2, revision: 2, desired: 10, max: 13 }),
      ],
      ['new=3', 'old=4'],
    ],
  ] as const)('%s', (_, deployment, sets, expected) => {
    expect(scaling(reconcile(deployment, ...sets)).toSorted()).toEqual(expected);
  });

  it('goes on while paused, but no rollout does', () => {
    const paused = { paused: true };
    expect(scaling(reconcile(web(3, paused), set('old', { replicas: 3 })))).toEqual([]);
    expect(scaling(reconcile(web(5, paused), set('old', { replicas: 3 })))).toEqual(['old=5']);
  });
});
