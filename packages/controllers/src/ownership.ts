import { controllerOf, type LabelSelector, newControllerRef } from '@trireme/api-machinery';
import type { JsonObject } from '@trireme/base';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import type { Action, Gone, View } from './controller.ts';

/** What an owner may claim: what it controls, and the orphans of its namespace. */
export function claimCandidates<T extends ApiObject>(view: View, ref: ResourceRef<T>, owner: ApiObject): readonly T[] {
  const { uid = '', namespace } = owner.metadata;
  const orphans = view.controlledBy(ref, '').filter(({ metadata }) => metadata.namespace === namespace);
  return [...view.controlledBy(ref, uid), ...orphans];
}

/** What an owner has, and the patches that bring ownership in line with its selector. */
export interface Claim<T extends ApiObject> {
  readonly owned: readonly T[];
  /** Adoptions and releases. While there are any, the view does not yet show what the owner really has. */
  readonly actions: readonly Action[];
}

export interface ClaimOptions<T extends ApiObject> {
  readonly owner: ApiObject;
  readonly ownerRef: ResourceRef<ApiObject>;
  readonly selector: LabelSelector;
  readonly ref: ResourceRef<T>;
  /** See `claimCandidates`. */
  readonly candidates: readonly T[];
}

/**
 * Orphans that match the selector are adopted, and what is owned but matches no more is released. An owner that is being
 * deleted does neither, and an object that is being deleted is not adopted.
 */
export function claim<T extends ApiObject>(options: ClaimOptions<T>): Claim<T> {
  const { owner, selector, candidates } = options;
  const deleting = owner.metadata.deletionTimestamp !== undefined;
  const owned: T[] = [];
  const actions: Action[] = [];
  for (const object of candidates) {
    const controller = controllerOf(object);
    const matches = selector.matches(object.metadata.labels);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (matches) owned.push(object);
      else if (!deleting) actions.push(release(options, object));
    } else if (matches && !deleting && !object.metadata.deletionTimestamp) actions.push(adopt(options, object));
  }
  return { owned, actions };
}

function adopt<T extends ApiObject>({ owner, ownerRef, ref }: ClaimOptions<T>, object: T): Action {
  const mine = newControllerRef(owner, ownerRef);
  const others = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== mine.uid);
  return patchOwners(ref, object, [...others, mine]);
}

function release<T extends ApiObject>({ owner, ref }: ClaimOptions<T>, object: T): Action {
  const others = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  return patchOwners(ref, object, others);
}

/** Lists are replaced whole by a merge patch, so the version guards what others may have added meanwhile. */
export function patchOwners(
  ref: ResourceRef<ApiObject>,
  object: ApiObject,
  owners: NonNullable<ApiObject['metadata']['ownerReferences']>,
  onlyIfGone: readonly Gone[] = [],
): Action {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const ownerReferences = owners.length > 0 ? (owners as unknown as readonly JsonObject[]) : null;
  return {
    type: 'patch',
    ref,
    target: { name, namespace, uid, resourceVersion },
    patch: { metadata: { ownerReferences } },
    onlyIfGone,
  };
}

/** Keys of the owners of one kind that an object has now, or had before the change. */
export function controllerKeys(kind: string, object: ApiObject, old: ApiObject | undefined): readonly string[] {
  const keys = new Set<string>();
  for (const state of [object, old]) {
    const controller = state && controllerOf(state);
    if (controller?.kind === kind) keys.add(`${object.metadata.namespace}/${controller.name}`);
  }
  return [...keys];
}
