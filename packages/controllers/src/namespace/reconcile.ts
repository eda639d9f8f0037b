import { getCondition, parseTime, semanticEqual } from '@trireme/api-machinery';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import { events, namespaces } from '@trireme/schema/resources';
import type { Namespace } from '@trireme/schema/types/core/v1';
import { updateStatusAction } from '../actions.ts';
import { type Action, type Controller, nothing, type Plan, type View, type Watch, watchSelf } from '../controller.ts';
import { deletionConditions, type Remaining } from './conditions.ts';

export interface NamespaceControllerOptions {
  /** Every namespaced resource that can be listed and deleted as a collection, events excepted: nobody watches all those. */
  readonly resources: readonly ResourceRef<ApiObject>[];
}

/** The view may be behind what was written just before the namespace closed; after this long it is not. */
const settleMs = 2000;
/** How often deletion is asked for again while something remains. */
const retryMs = 15_000;

/** Empties a namespace that is being deleted, and lets it go when nothing is left. */
export function createNamespaceController(options: NamespaceControllerOptions): Controller {
  const contents: readonly Watch[] = options.resources.map((ref) => ({
    ref,
    keys: ({ metadata }, view) => {
      const namespace = view.get(namespaces, metadata.namespace ?? '');
      return namespace?.metadata.deletionTimestamp ? [namespace.metadata.name] : [];
    },
  }));
  return {
    name: 'namespace',
    reads: [namespaces, ...options.resources],
    watches: [watchSelf(namespaces), ...contents],
    reconcile: (key, view, nowMs) => reconcileNamespace(options.resources, key, view, nowMs),
  };
}

function reconcileNamespace(
  resources: readonly ResourceRef<ApiObject>[],
  key: string,
  view: View,
  nowMs: number,
): Plan {
  const namespace = view.get(namespaces, key);
  if (!namespace?.metadata.deletionTimestamp) return nothing;
  if (!namespace.spec?.finalizers?.includes('kubernetes')) return nothing;
  const remaining = resources
    .map((ref) => ({ ref, objects: view.list(ref, key) }))
    .filter(({ objects }) => objects.length > 0);
  const begunMs = deletionBegunMs(namespace);
  if (begunMs === undefined) return firstPass(resources, namespace, remaining, nowMs);
  if (remaining.length === 0) {
    const leftMs = begunMs + settleMs - nowMs;
    if (leftMs > 0) return { actions: statusActions(namespace, [], undefined, nowMs), requeueAfterMs: leftMs };
    return { actions: [deletionOf(events, key), { type: 'finalize-namespace', object: namespace }] };
  }
  const asked = remaining.filter(({ objects }) => objects.some((object) => !object.metadata.deletionTimestamp));
  return planOf(
    namespace,
    asked.map(({ ref }) => ref),
    remaining,
    nowMs,
  );
}

/** When everything was first told to go: the conditions are written right after. */
function deletionBegunMs({ status }: Namespace): number | undefined {
  return parseTime(getCondition(status?.conditions, 'NamespaceDeletionContentFailure')?.lastTransitionTime);
}

/** Everything is told to go, whether the view shows it or not: the server knows better. */
function firstPass(
  resources: readonly ResourceRef<ApiObject>[],
  namespace: Namespace,
  remaining: readonly Remaining[],
  nowMs: number,
): Plan {
  // Most events go now, and those of the deletion itself at the end: a new namespace of this name shall not show them.
  const plan = planOf(namespace, [...resources, events], remaining, nowMs);
  return { ...plan, requeueAfterMs: settleMs };
}

function planOf(
  namespace: Namespace,
  refs: readonly ResourceRef<ApiObject>[],
  remaining: readonly Remaining[],
  nowMs: number,
): Plan {
  const deletions = refs.map((ref) => deletionOf(ref, namespace.metadata.name));
  return {
    actions: [...deletions, ...statusActions(namespace, remaining, undefined, nowMs)],
    requeueAfterMs: retryMs,
    onFailure: (failures) => statusActions(namespace, remaining, failures[0]?.message, nowMs),
  };
}

function deletionOf(ref: ResourceRef<ApiObject>, namespace: string): Action {
  return { type: 'delete-collection', ref, namespace };
}

function statusActions(
  namespace: Namespace,
  remaining: readonly Remaining[],
  failure: string | undefined,
  nowMs: number,
): readonly Action[] {
  const conditions = deletionConditions(namespace.status?.conditions, remaining, failure, nowMs);
  if (semanticEqual(conditions, namespace.status?.conditions)) return [];
  return [updateStatusAction(namespaces, { ...namespace, status: { ...namespace.status, conditions } })];
}
