import { hasFinalizer, withoutFinalizer } from '@trireme/api-machinery';
import type { JsonObject } from '@trireme/base';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import { unchangedTargetOf } from '../actions.ts';
import { type Action, type Controller, type Gone, nothing, type View } from '../controller.ts';
import { patchOwners } from '../ownership.ts';
import {
  createGraph,
  type Dependent,
  type Graph,
  isDeleting,
  isForegroundDeleting,
  isOrphaning,
  nodeKey,
} from './graph.ts';

export interface GarbageCollectorOptions {
  /** Every resource whose objects may own or be owned. Events, and what has no delete, do not belong here. */
  readonly resources: readonly ResourceRef<ApiObject>[];
}

/**
 * Deletes what has lost all its owners, and carries out foreground and orphaning deletion.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
export function createGarbageCollector(options: GarbageCollectorOptions): Controller {
  const graph = createGraph(options.resources);
  return {
    name: 'generic-garbage-collector',
    reads: options.resources,
    watches: options.resources.map((ref) => ({
      ref,
      keys: (object, view, old) => [...affectedKeys(graph, ref, object, view, old)],
    })),
    reconcile(key, view) {
      const node = graph.find(key, view);
      return node ? { actions: collect(graph, node, view) } : nothing;
    },
  };
}

/** The object itself, those it holds or sets free when it goes, and those who wait for it to go. */
function affectedKeys(
  graph: Graph,
  ref: ResourceRef<ApiObject>,
  object: ApiObject,
  view: View,
  old: ApiObject | undefined,
): ReadonlySet<string> {
  const keys = new Set<string>();
  const { name, namespace, uid } = object.metadata;
  const gone = view.get(ref, name, namespace)?.metadata.uid !== uid;
  const special = isForegroundDeleting(object) || isOrphaning(object);
  if (!gone && (object.metadata.ownerReferences?.length || special)) keys.add(nodeKey(ref, object));
  if (gone || special) {
    for (const dependent of graph.dependentsOf(uid, view)) keys.add(nodeKey(dependent.ref, dependent.object));
  }
  const references = [...(object.metadata.ownerReferences ?? []), ...(old?.metadata.ownerReferences ?? [])];
  for (const reference of references) {
    const owner = graph.ownerOf(reference, object, view);
    if (owner && isDeleting(owner.object)) keys.add(nodeKey(owner.ref, owner.object));
  }
  return keys;
}

function collect(graph: Graph, node: Dependent, view: View): readonly Action[] {
  if (isOrphaning(node.object)) return orphanDependents(graph, node, view);
  if (isForegroundDeleting(node.object)) return finishForeground(graph, node, view);
  if (isDeleting(node.object)) return [];
  return judgeOwners(graph, node, view);
}

/** Every dependent forgets this owner, and then the owner may go. */
function orphanDependents(graph: Graph, { ref, object }: Dependent, view: View): readonly Action[] {
  const dependents = graph.dependentsOf(object.metadata.uid, view);
  if (dependents.length === 0) return [dropFinalizer(ref, object, 'orphan')];
  return dependents.map((dependent) => {
    const owners = (dependent.object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== object.metadata.uid);
    return patchOwners(dependent.ref, dependent.object, owners);
  });
}

/** The owner may go once nothing is left that blocks it. Its dependents are deleted under their own keys. */
function finishForeground(graph: Graph, { ref, object }: Dependent, view: View): readonly Action[] {
  const blocking = graph
    .dependentsOf(object.metadata.uid, view)
    .some((dependent) =>
      dependent.object.metadata.ownerReferences?.some(
        ({ uid, blockOwnerDeletion }) => uid === object.metadata.uid && blockOwnerDeletion,
      ),
    );
  return blocking ? [] : [dropFinalizer(ref, object, 'foregroundDeletion')];
}

function judgeOwners(graph: Graph, { ref, object }: Dependent, view: View): readonly Action[] {
  const references = object.metadata.ownerReferences ?? [];
  if (references.length === 0) return [];
  const states = references.map((reference) => ({ reference, state: graph.stateOf(reference, object, view) }));
  const gone: readonly Gone[] = states.flatMap(({ state }) => (state.type === 'dangling' ? [state.gone] : []));
  const solid = states.filter(({ state }) => state.type === 'solid').map(({ reference }) => reference);
  const waiting = states.some(({ state }) => state.type === 'waiting');
  if (solid.length > 0) {
    if (solid.length === references.length) return [];
    // Others still own it: it only forgets those that are gone or about to go.
    return [patchOwners(ref, object, solid, gone)];
  }
  const hasDependents = waiting && graph.dependentsOf(object.metadata.uid, view).length > 0;
  return [
    {
      type: 'delete',
      ref,
      target: unchangedTargetOf(object),
      propagationPolicy: hasDependents ? 'Foreground' : policyOf(object),
      onlyIfGone: gone,
    },
  ];
}

/** What an earlier, unfinished deletion asked for stays asked for. */
function policyOf(object: ApiObject): 'Orphan' | 'Foreground' | 'Background' {
  if (hasFinalizer(object, 'orphan')) return 'Orphan';
  return hasFinalizer(object, 'foregroundDeletion') ? 'Foreground' : 'Background';
}

function dropFinalizer(ref: ResourceRef<ApiObject>, object: ApiObject, finalizer: string): Action {
  const finalizers = withoutFinalizer(object, finalizer).metadata.finalizers ?? null;
  const patch: JsonObject = { metadata: { finalizers } };
  return { type: 'patch', ref, target: unchangedTargetOf(object), patch };
}
