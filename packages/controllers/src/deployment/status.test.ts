import type { Deployment } from '@trireme/schema/types/apps/v1';
import { describe, expect, it } from 'vitest';
import { describePlan } from '../testing/index.ts';
import { at, conditionOf, events, reconcile, set, statusOf, web } from './test-sketches.ts';

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
