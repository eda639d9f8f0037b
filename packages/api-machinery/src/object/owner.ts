import { type ApiObject, apiVersionOf, type ResourceRef } from '@trireme/schema';
import type { ObjectMeta, OwnerReference } from '@trireme/schema/types/meta/v1';

/** The reference to what controls an object, if anything does. */
export function controllerOf(object: { readonly metadata: ObjectMeta }): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function isControlledBy(object: { readonly metadata: ObjectMeta }, uid: string | undefined): boolean {
  return uid !== undefined && controllerOf(object)?.uid === uid;
}

/** The reference by which `owner` controls what it creates. `owner` is stored, so it has a uid. */
export function newControllerRef(
  owner: { readonly metadata: ObjectMeta },
  ref: Pick<ResourceRef, 'group' | 'version' | 'kind'>,
): OwnerReference {
  return {
    apiVersion: apiVersionOf(ref),
    kind: ref.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** 'namespace/name', or the name alone: how queues and caches key objects. */
export function objectKey(object: { readonly metadata: ObjectMeta }): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

export function splitObjectKey(key: string): { readonly namespace: string; readonly name: string } {
  const at = key.indexOf('/');
  return { namespace: at < 0 ? '' : key.slice(0, at), name: key.slice(at + 1) };
}

/** The object with these labels or annotations added; a value of undefined removes the key. Unchanged: the same object. */
function withEntries<T extends ApiObject>(
  object: T,
  field: 'labels' | 'annotations',
  changes: Readonly<Record<string, string | undefined>>,
): T {
  const current = object.metadata[field] ?? {};
  if (Object.entries(changes).every(([key, value]) => current[key] === value)) return object;
  const next: Record<string, string> = { ...current };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete next[key];
    else next[key] = value;
  }
  return { ...object, metadata: { ...object.metadata, [field]: next } };
}

export function withLabels<T extends ApiObject>(object: T, changes: Readonly<Record<string, string | undefined>>): T {
  return withEntries(object, 'labels', changes);
}

export function withAnnotations<T extends ApiObject>(
  object: T,
  changes: Readonly<Record<string, string | undefined>>,
): T {
  return withEntries(object, 'annotations', changes);
}

export function hasFinalizer(object: { readonly metadata: ObjectMeta }, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

export function withFinalizer<T extends ApiObject>(object: T, finalizer: string): T {
  if (hasFinalizer(object, finalizer)) return object;
  return {
    ...object,
    metadata: { ...object.metadata, finalizers: [...(object.metadata.finalizers ?? []), finalizer] },
  };
}

export function withoutFinalizer<T extends ApiObject>(object: T, finalizer: string): T {
  if (!hasFinalizer(object, finalizer)) return object;
  const finalizers = object.metadata.finalizers?.filter((item) => item !== finalizer) ?? [];
  const { finalizers: _old, ...metadata } = object.metadata;
  return { ...object, metadata: finalizers.length === 0 ? metadata : { ...metadata, finalizers } };
}
