import type { ApiObject } from '@trireme/schema';
import { pods, secrets } from '@trireme/schema/resources';
import type { Namespace } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../controller.ts';
import { createView, describePlan } from '../testing/index.ts';
import { createNamespaceController } from './reconcile.ts';

const nowMs = Date.parse('2026-01-02T00:00:00Z');
const controller = createNamespaceController({ resources: [pods, secrets] });
const namespace = (more: Partial<Namespace> = {}, deleting = true): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'ns', uid: 'u', ...(deleting ? { deletionTimestamp: '2026-01-02T00:00:00Z' } : {}) },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: deleting ? 'Terminating' : 'Active' },
  ...more,
});
const pod: ApiObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', finalizers: ['x/y'] } };
const reconcile = (at: number, ...objects: readonly ApiObject[]): Plan =>
  controller.reconcile('ns', createView(objects), at);
const written = (plan: Plan): Namespace => {
  const [status] = plan.actions.filter(({ type }) => type === 'update-status');
  if (status?.type !== 'update-status') throw new Error('no status was written');
  return status.object as Namespace;
};

describe('namespace', () => {
  it('tells everything to go, even what the view does not show yet', () => {
    const plan = reconcile(nowMs, namespace());
    expect(describePlan(plan)).toEqual([
      'delete-collection pods ns',
      'delete-collection secrets ns',
      'delete-collection events ns',
      'update-status namespaces ns',
    ]);
    expect(plan.requeueAfterMs).toBe(2000);
  });

  it('says what remains and what holds it, and waits', () => {
    const first = written(reconcile(nowMs, namespace(), pod));
    expect(first.status?.conditions?.map(({ type, status, message }) => [type, status, message])).toEqual([
      ['NamespaceDeletionDiscoveryFailure', 'False', 'All resources successfully discovered'],
      ['NamespaceDeletionGroupVersionParsingFailure', 'False', 'All legacy kube types successfully parsed'],
      ['NamespaceDeletionContentFailure', 'False', 'All content successfully deleted, may be waiting on finalization'],
      ['NamespaceContentRemaining', 'True', 'Some resources are remaining: pods. has 1 resource instances'],
      [
        'NamespaceFinalizersRemaining',
        'True',
        'Some content in the namespace has finalizers remaining: x/y in 1 resource instances',
      ],
    ]);
    const deleting = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } };
    expect(describePlan(reconcile(nowMs + 60_000, first, deleting))).toEqual([]);
    expect(describePlan(reconcile(nowMs + 60_000, first, pod))).toEqual(['delete-collection pods ns']);
  });

  it('lets the namespace go when nothing is left, and not at once', () => {
    const first = written(reconcile(nowMs, namespace(), pod));
    const early = reconcile(nowMs + 500, first);
    expect(early.requeueAfterMs).toBe(1500);
    expect(describePlan(early)).toEqual(['update-status namespaces ns']);
    expect(describePlan(reconcile(nowMs + 2000, first))).toEqual([
      'delete-collection events ns',
      'finalize-namespace ns',
    ]);
  });

  it('says when content could not be deleted', () => {
    const plan = reconcile(nowMs, namespace(), pod);
    const [action] = plan.actions;
    const told = plan.onFailure?.(action ? [{ action, reason: 'Forbidden', message: 'no way' }] : []) ?? [];
    expect(written({ actions: told }).status?.conditions).toContainEqual(
      expect.objectContaining({ status: 'True', reason: 'ContentDeletionFailed', message: 'no way' }),
    );
  });

  it.each([
    ['is not being deleted', namespace({}, false)],
    ['is held by others only', namespace({ spec: { finalizers: ['other'] } })],
  ])('leaves one that %s', (_, object) => {
    expect(describePlan(reconcile(nowMs, object))).toEqual([]);
  });
});
