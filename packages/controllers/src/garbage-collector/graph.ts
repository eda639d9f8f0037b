import { hasFinalizer } from '@trireme/api-machinery';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import type { OwnerReference } from '@trireme/schema/types/meta/v1';
import { type Gone, keyOf, splitKey, type View } from '../controller.ts';

type Ref = ResourceRef<ApiObject>;

/** The collector's keys name the resource too: '/v1/pods|default/web-1'. */
export function nodeKey(ref: Ref, object: ApiObject): string {
  return `${ref.group}/${ref.version}/${ref.resource}|${keyOf(object)}`;
}

export function isDeleting(object: ApiObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** It goes only after all that blocks it. */
export function isForegroundDeleting(object: ApiObject): boolean {
  return isDeleting(object) && hasFinalizer(object, 'foregroundDeletion');
}

/** It goes only after all that it owns has been set free. */
export function isOrphaning(object: ApiObject): boolean {
  return isDeleting(object) && hasFinalizer(object, 'orphan');
}

export interface Dependent {
  readonly ref: Ref;
  readonly object: ApiObject;
}

/** What an ownerReference points to, as the view shows it. */
export type OwnerState =
  /** There, and its dependents may stay. A kind that is not collected counts as there: nothing can be known of it. */
  | { readonly type: 'solid' }
  /** Being deleted in the foreground: it waits for its dependents to go. */
  | { readonly type: 'waiting' }
  | { readonly type: 'dangling'; readonly gone: Gone };

/** Owners and dependents among the resources that are collected. */
export interface Graph {
  readonly resources: readonly Ref[];
  find(key: string, view: View): Dependent | undefined;
  dependentsOf(uid: string | undefined, view: View): readonly Dependent[];
  /** The owner that a reference names, whatever its uid. */
  ownerOf(reference: OwnerReference, dependent: ApiObject, view: View): Dependent | undefined;
  stateOf(reference: OwnerReference, dependent: ApiObject, view: View): OwnerState;
}

export function createGraph(resources: readonly Ref[]): Graph {
  const byKey = new Map(resources.map((ref) => [`${ref.group}/${ref.version}/${ref.resource}`, ref]));
  const byKind = new Map(resources.map((ref) => [`${ref.group}/${ref.kind}`, ref]));
  const refOf = (reference: OwnerReference): Ref | undefined => {
    const slash = reference.apiVersion.indexOf('/');
    const group = slash < 0 ? '' : reference.apiVersion.slice(0, slash);
    return byKind.get(`${group}/${reference.kind}`);
  };
  const lookUp = (reference: OwnerReference, dependent: ApiObject, view: View): Dependent | undefined => {
    const ref = refOf(reference);
    const object = ref && view.get(ref, reference.name, ref.namespaced ? dependent.metadata.namespace : undefined);
    return ref && object && { ref, object };
  };
  return {
    resources,
    find(key, view) {
      const bar = key.indexOf('|');
      const ref = byKey.get(key.slice(0, bar));
      const { name, namespace } = splitKey(key.slice(bar + 1));
      const object = ref && view.get(ref, name, namespace);
      return ref && object && { ref, object };
    },
    dependentsOf(uid, view) {
      if (uid === undefined) return [];
      return resources.flatMap((ref) => view.dependentsOf(ref, uid).map((object) => ({ ref, object })));
    },
    ownerOf: lookUp,
    stateOf(reference, dependent, view) {
      const ref = refOf(reference);
      const { namespace } = dependent.metadata;
      // A cluster-scoped object cannot be owned from inside a namespace; such a reference proves nothing.
      if (!ref || (ref.namespaced && !namespace)) return { type: 'solid' };
      const owner = lookUp(reference, dependent, view)?.object;
      if (owner?.metadata.uid === reference.uid) {
        return { type: isForegroundDeleting(owner) ? 'waiting' : 'solid' };
      }
      const place = ref.namespaced ? { namespace } : {};
      return { type: 'dangling', gone: { ref, name: reference.name, uid: reference.uid, ...place } };
    },
  };
}
