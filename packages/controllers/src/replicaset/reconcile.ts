import { controllerOf, newControllerRef, selectorOf, semanticEqual } from '@trireme/api-machinery';
import { pods, replicasets } from '@trireme/schema/resources';
import type { ReplicaSet } from '@trireme/schema/types/apps/v1';
import type { Pod } from '@trireme/schema/types/core/v1';
import { createAction, eventAction, targetOf, updateStatusAction } from '../actions.ts';
import {
  type Action,
  type Controller,
  type Failure,
  keyOf,
  nothing,
  type Plan,
  splitKey,
  type View,
  watchOf,
  watchSelf,
} from '../controller.ts';
import { claim, claimCandidates, controllerKeys } from '../ownership.ts';
import { isPodActive } from '../pod-state.ts';
import { rankForDeletion } from './deletion-rank.ts';
import { type ReplicaFailure, replicaSetStatus } from './status.ts';

/** Pods that one plan makes or deletes at most, so that a typo in `replicas` is not an avalanche. */
const burstReplicas = 500;

/** Keeps as many pods as each ReplicaSet asks for. */
export function createReplicaSetController(): Controller {
  return {
    name: 'replicaset',
    reads: [replicasets, pods],
    watches: [
      watchSelf(replicasets),
      watchOf(pods, (pod, view, old) => {
        const keys = controllerKeys('ReplicaSet', pod, old);
        return keys.length > 0 || controllerOf(pod) ? keys : adopterKeys(pod, view);
      }),
    ],
    reconcile: reconcileReplicaSet,
  };
}

/** Sets that might adopt an orphan. */
function adopterKeys(pod: Pod, view: View): readonly string[] {
  if (pod.metadata.deletionTimestamp) return [];
  const sets = view.list(replicasets, pod.metadata.namespace);
  return sets.filter((set) => selectorOf(set.spec.selector).matches(pod.metadata.labels)).map(keyOf);
}

export function reconcileReplicaSet(key: string, view: View, nowMs: number): Plan {
  const { name, namespace } = splitKey(key);
  const set = view.get(replicasets, name, namespace);
  if (!set) return nothing;
  const selector = selectorOf(set.spec.selector);
  const candidates = claimCandidates(view, pods, set);
  const { owned, actions } = claim({ owner: set, ownerRef: replicasets, selector, ref: pods, candidates });
  // What is adopted is counted once the view shows it.
  if (actions.length > 0) return { actions };
  const changes = set.metadata.deletionTimestamp ? [] : replicaChanges(set, owned, view, nowMs);
  return {
    actions: [...changes, ...statusActions(set, owned, undefined, nowMs)],
    requeueAfterMs: requeueAfterMs(set, owned, nowMs),
    onFailure: (failures) => [
      ...failures.flatMap((failure) => failureEvents(set, failure)),
      ...statusActions(set, owned, failureOf(failures), nowMs),
    ],
  };
}

function replicaChanges(set: ReplicaSet, owned: readonly Pod[], view: View, nowMs: number): readonly Action[] {
  const active = owned.filter(isPodActive);
  const missing = (set.spec.replicas ?? 1) - active.length;
  if (missing > 0) return Array.from({ length: Math.min(missing, burstReplicas) }, () => createPod(set));
  if (missing === 0) return [];
  const neighbours = neighboursByNode(set, view);
  const ranked = rankForDeletion(
    active.map((pod) => ({ pod, neighbours: neighbours.get(pod.spec.nodeName ?? '') ?? 0 })),
    nowMs,
  );
  return ranked.slice(0, Math.min(-missing, burstReplicas)).map((pod) => deletePod(set, pod));
}

/** Active pods per node of all sets that share this set's controller, which are the versions of one application. */
function neighboursByNode(set: ReplicaSet, view: View): ReadonlyMap<string, number> {
  const controller = controllerOf(set);
  const sets = controller ? view.controlledBy(replicasets, controller.uid) : [set];
  const counts = new Map<string, number>();
  for (const pod of sets.flatMap(({ metadata }) => view.controlledBy(pods, metadata.uid ?? ''))) {
    const node = pod.spec.nodeName ?? '';
    if (isPodActive(pod)) counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return counts;
}

function createPod(set: ReplicaSet): Action {
  const { metadata, spec } = set.spec.template ?? {};
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace,
      labels: metadata?.labels,
      annotations: metadata?.annotations,
      finalizers: metadata?.finalizers,
      ownerReferences: [newControllerRef(set, replicasets)],
    },
    spec: spec ?? { containers: [] },
  };
  return createAction(pods, pod, {
    onDone: (created) => [eventAction(set, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`)],
  });
}

function deletePod(set: ReplicaSet, pod: Pod): Action {
  return {
    type: 'delete',
    ref: pods,
    target: targetOf(pod),
    onDone: () => [eventAction(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)],
  };
}

function statusActions(
  set: ReplicaSet,
  owned: readonly Pod[],
  failure: ReplicaFailure | undefined,
  nowMs: number,
): readonly Action[] {
  const status = replicaSetStatus(set, owned, failure, nowMs);
  if (semanticEqual(status, set.status)) return [];
  return [updateStatusAction(replicasets, { ...set, status })];
}

function failureOf(failures: readonly Failure[]): ReplicaFailure | undefined {
  for (const { action, message } of failures) {
    if (action.type === 'create') return { reason: 'FailedCreate', message };
    if (action.type === 'delete') return { reason: 'FailedDelete', message };
  }
  return undefined;
}

function failureEvents(set: ReplicaSet, { action, message }: Failure): readonly Action[] {
  if (action.type === 'create') return [eventAction(set, 'Warning', 'FailedCreate', `Error creating: ${message}`)];
  if (action.type === 'delete') return [eventAction(set, 'Warning', 'FailedDelete', `Error deleting: ${message}`)];
  return [];
}

/** A ready pod becomes available by time alone, and no event tells of it. */
function requeueAfterMs(set: ReplicaSet, owned: readonly Pod[], nowMs: number): number | undefined {
  const { minReadySeconds = 0 } = set.spec;
  if (minReadySeconds === 0) return undefined;
  const { readyReplicas = 0, availableReplicas = 0 } = replicaSetStatus(set, owned, undefined, nowMs);
  return readyReplicas > availableReplicas ? minReadySeconds * 1000 : undefined;
}
