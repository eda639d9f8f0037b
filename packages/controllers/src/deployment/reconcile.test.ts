import type { Deployment, DeploymentSpec, ReplicaSet } from '@trireme/schema/types/apps/v1';
import type { Pod } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../controller.ts';
import { createView, describePlan } from '../testing/index.ts';
import { reconcileDeployment } from './reconcile.ts';

const nowMs = Date.parse('2026-01-02T00:00:00Z');
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString().replace('.000', '');

const template = (image: string): DeploymentSpec['template'] => ({
  metadata: { name: '', labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image }] },
});

/** A deployment of image v2. */
const web = (replicas: number, spec: Partial<DeploymentSpec> = {}, status?: Deployment['status']): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'ns',
    uid: 'd-uid',
    generation: 7,
    annotations: { 'kubernetes.io/change-cause': 'why', 'deployment.kubernetes.io/revision': '2' },
  },
  spec: {
    replicas,
    progressDeadlineSeconds: 600,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: template('v2'),
    ...spec,
  },
  ...(status ? { status } : {}),
});

interface SetSketch {
  readonly image?: string;
  readonly replicas: number;
  readonly available?: number;
  readonly actual?: number;
  readonly revision?: number;
  readonly desired?: number;
  readonly max?: number;
  readonly conditions?: NonNullable<ReplicaSet['status']>['conditions'];
}

const set = (name: string, sketch: SetSketch): ReplicaSet => {
  const { image = 'v1', replicas, available = replicas, actual = replicas, revision = 1 } = sketch;
  const { desired = 3, max = 4, conditions } = sketch;
  const base = template(image);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'ns',
      uid: `uid-${name}`,
      generation: 1,
      creationTimestamp: at(-1000 + revision),
      labels: { app: 'web', 'pod-template-hash': name },
      annotations: {
        ...(image === 'v2' ? { 'kubernetes.io/change-cause': 'why' } : {}),
        'deployment.kubernetes.io/revision': String(revision),
        'deployment.kubernetes.io/desired-replicas': String(desired),
        'deployment.kubernetes.io/max-replicas': String(max),
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: 'web',
          uid: 'd-uid',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      replicas,
      minReadySeconds: 0,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': name } },
      template: { ...base, metadata: { name: '', labels: { app: 'web', 'pod-template-hash': name } } },
    },
    status: {
      replicas: actual,
      readyReplicas: available,
      availableReplicas: available,
      observedGeneration: 1,
      ...(conditions ? { conditions } : {}),
    },
  };
};

const reconcile = (...objects: readonly (Deployment | ReplicaSet | Pod)[]): Plan =>
  reconcileDeployment('ns/web', createView(objects), nowMs);

/** 'web-1=2' for each set that the plan scales or makes; 'new=…' for the one it makes. */
const scaling = (plan: Plan): readonly string[] =>
  plan.actions.flatMap((action) => {
    if (action.type !== 'create' && action.type !== 'update') return [];
    const made = action.object as ReplicaSet;
    return [`${action.type === 'create' ? 'new' : made.metadata.name}=${made.spec.replicas}`];
  });
const statusOf = (plan: Plan): NonNullable<Deployment['status']> => {
  for (const action of plan.actions) {
    if (action.type === 'update-status') return (action.object as Deployment).status ?? {};
  }
  return {};
};
const conditionOf = (plan: Plan, type: string) => statusOf(plan).conditions?.find((each) => each.type === type);
const events = (plan: Plan): readonly string[] => describePlan(plan).filter((line) => line.startsWith('event'));

const percents = {
  strategy: { type: 'RollingUpdate' as const, rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
};
const recreate = { strategy: { type: 'Recreate' as const } };

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

describe('status', () => {
  const done = [set('new', { image: 'v2', replicas: 3, revision: 2 })] as const;
  const progressing = (reason: string, secondsAgo: number, status = 'True') => [
    {
      type: 'Progressing',
      status,
      reason,
      message: 'm',
      lastUpdateTime: at(-secondsAgo),
      lastTransitionTime: at(-900),
    },
  ];

  it('says when all is rolled out', () => {
    const plan = reconcile(web(3), ...done);
    expect(statusOf(plan)).toMatchObject({
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      observedGeneration: 7,
    });
    expect(conditionOf(plan, 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: 'ReplicaSet "new" has successfully progressed.',
    });
    expect(conditionOf(plan, 'Available')).toMatchObject({
      status: 'True',
      reason: 'MinimumReplicasAvailable',
      message: 'Deployment has minimum availability.',
    });
    expect(plan.requeueAfterMs).toBeUndefined();
    expect(describePlan(reconcile({ ...web(3), status: statusOf(plan) }, ...done))).toEqual([]);
  });

  it('moves the deadline with every step, and keeps the time of the transition', () => {
    const before = { conditions: progressing('ReplicaSetUpdated', 300), updatedReplicas: 1, replicas: 4 };
    const sets = [set('old', { replicas: 2 }), set('new', { image: 'v2', replicas: 2, available: 1, revision: 2 })];
    const plan = reconcile(web(3, {}, before), ...sets);
    expect(conditionOf(plan, 'Progressing')).toMatchObject({
      reason: 'ReplicaSetUpdated',
      message: 'ReplicaSet "new" is progressing.',
      lastUpdateTime: at(0),
      lastTransitionTime: at(-900),
    });
  });

  it.each([
    [599, 'ReplicaSetUpdated'],
    [601, 'ProgressDeadlineExceeded'],
  ])('after %d s without progress the reason is %s', (seconds, reason) => {
    const counts = { replicas: 4, updatedReplicas: 1, readyReplicas: 3, availableReplicas: 3 };
    const before = { ...counts, conditions: progressing('ReplicaSetUpdated', seconds) };
    const sets = [set('old', { replicas: 3 }), set('new', { image: 'v2', replicas: 1, available: 0, revision: 2 })];
    const plan = reconcile(web(3, {}, before), ...sets);
    expect(conditionOf(plan, 'Progressing')?.reason).toBe(reason);
    expect(plan.requeueAfterMs).toBe(reason === 'ReplicaSetUpdated' ? 2000 : undefined);
  });

  it('does not count time while paused', () => {
    const before = { conditions: progressing('ReplicaSetUpdated', 300) };
    const pausing = reconcile(web(3, { paused: true }, before), set('old', { replicas: 3 }));
    expect(conditionOf(pausing, 'Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
    expect(pausing.requeueAfterMs).toBeUndefined();
    const resuming = reconcile(web(3, {}, statusOf(pausing)), set('old', { replicas: 3 }));
    expect(conditionOf(resuming, 'Progressing')).toMatchObject({
      reason: 'NewReplicaSetCreated',
      lastUpdateTime: at(0),
    });
  });

  it('repeats what keeps its set from its pods', () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' }];
    const plan = reconcile(
      web(3),
      set('new', { image: 'v2', replicas: 3, actual: 0, available: 0, revision: 2, conditions }),
    );
    expect(conditionOf(plan, 'ReplicaFailure')).toMatchObject({ reason: 'FailedCreate', message: 'quota' });
  });
});

describe('the rest', () => {
  it('keeps as many old sets as the history should have', () => {
    const old = [1, 2, 3, 4].map((revision) => set(`old${revision}`, { image: `a${revision}`, replicas: 0, revision }));
    const sets = [...old, set('new', { image: 'v2', replicas: 3, revision: 5 })];
    const complete = { replicas: 3, updatedReplicas: 3, availableReplicas: 3, observedGeneration: 7 };
    const deletions = (deployment: Deployment) =>
      describePlan(reconcile(deployment, ...sets)).filter((line) => line.startsWith('delete'));
    expect(deletions(web(3, { revisionHistoryLimit: 2 }, complete))).toEqual([
      'delete replicasets old1',
      'delete replicasets old2',
    ]);
    expect(deletions(web(3, { revisionHistoryLimit: 2 }))).toEqual([]);
    expect(deletions(web(3, { revisionHistoryLimit: 10 }, complete))).toEqual([]);
  });

  it('adopts a set that matches, and refuses to select everything', () => {
    const orphan = { ...set('o', { replicas: 1 }) };
    const free = { ...orphan, metadata: { ...orphan.metadata, ownerReferences: [] } };
    expect(describePlan(reconcile(web(3), free))[0]).toContain('patch replicasets o {"metadata":{"ownerReferences":[{');
    expect(events(reconcile(web(3, { selector: {} })))).toEqual([
      'event Warning SelectingAll: This deployment is selecting all pods. A non-empty selector is required.',
    ]);
  });

  it('only counts once it is being deleted', () => {
    const deployment = web(3);
    const deleting = { ...deployment, metadata: { ...deployment.metadata, deletionTimestamp: at(-1) } };
    expect(describePlan(reconcile(deleting, set('old', { replicas: 3 })))).toEqual(['update-status deployments web']);
  });
});
