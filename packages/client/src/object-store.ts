import type { ApiObject } from '@trireme/schema';
import type { Lister } from './informer.ts';

/** One change that a handler is told of. */
export type Change<T extends ApiObject> =
  | { readonly type: 'added'; readonly object: T }
  | { readonly type: 'updated'; readonly object: T; readonly old: T }
  | { readonly type: 'deleted'; readonly object: T };

/** The copy behind a lister, with its indexes. Changes are synchronous, and each says what it changed. */
export interface ObjectStore<T extends ApiObject> {
  readonly lister: Lister<T>;
  set(object: T): Change<T>;
  remove(object: T): Change<T> | undefined;
  /** Makes the copy exactly these objects, in one step, and says how it differs from before. */
  replace(objects: readonly T[]): readonly Change<T>[];
}

/** Objects under one key of an index. The array is made when first asked for, and kept until a change. */
interface Bucket<T> {
  readonly byKey: Map<string, T>;
  array: readonly T[] | undefined;
}

const none: readonly never[] = [];

export function createObjectStore<T extends ApiObject>(): ObjectStore<T> {
  const all: Bucket<T> = { byKey: new Map(), array: undefined };
  const byNamespace = new Map<string, Bucket<T>>();
  const byController = new Map<string, Bucket<T>>();
  const byOwner = new Map<string, Bucket<T>>();

  const put = (object: T): Change<T> => {
    const key = keyOf(object);
    const old = all.byKey.get(key);
    const oldController = old && controllerUid(old);
    const controller = controllerUid(object);
    if (oldController !== undefined && oldController !== controller) drop(byController, oldController, key);
    if (old && old.metadata.ownerReferences !== object.metadata.ownerReferences) {
      for (const uid of ownerUids(old)) drop(byOwner, uid, key);
    }
    insert(all, key, object);
    for (const uid of ownerUids(object)) insert(bucketOf(byOwner, uid), key, object);
    if (object.metadata.namespace) insert(bucketOf(byNamespace, object.metadata.namespace), key, object);
    insert(bucketOf(byController, controller), key, object);
    return old ? { type: 'updated', object, old } : { type: 'added', object };
  };

  const removeKey = (key: string): T | undefined => {
    const old = all.byKey.get(key);
    if (!old) return undefined;
    all.byKey.delete(key);
    all.array = undefined;
    if (old.metadata.namespace) drop(byNamespace, old.metadata.namespace, key);
    drop(byController, controllerUid(old), key);
    for (const uid of ownerUids(old)) drop(byOwner, uid, key);
    return old;
  };

  return {
    lister: {
      get: (name, namespace) => all.byKey.get(namespace ? `${namespace}/${name}` : name) ?? all.byKey.get(name),
      list: (namespace) => arrayOf(namespace ? (byNamespace.get(namespace) ?? clusterWide(all)) : all),
      controlledBy: (ownerUid) => arrayOf(byController.get(ownerUid)),
      dependentsOf: (ownerUid) => arrayOf(byOwner.get(ownerUid)),
    },
    set: put,
    remove(object) {
      // The event's object is the last state, newer than the copy's; the copy may not know the object at all.
      return removeKey(keyOf(object)) ? { type: 'deleted', object } : undefined;
    },
    replace(objects) {
      const changes: Change<T>[] = [];
      const kept = new Set(objects.map(keyOf));
      for (const key of [...all.byKey.keys()]) {
        if (kept.has(key)) continue;
        const object = removeKey(key);
        if (object) changes.push({ type: 'deleted', object });
      }
      for (const object of objects) changes.push(...replaceOne(all.byKey.get(keyOf(object)), object, put));
      return changes;
    },
  };
}

/** An object that is unchanged is no change; one that was deleted and made again under its name is two. */
function replaceOne<T extends ApiObject>(
  known: T | undefined,
  object: T,
  put: (object: T) => Change<T>,
): readonly Change<T>[] {
  if (known && known.metadata.resourceVersion === object.metadata.resourceVersion) return none;
  const change = put(object);
  if (known && known.metadata.uid !== object.metadata.uid) {
    return [
      { type: 'deleted', object: known },
      { type: 'added', object },
    ];
  }
  return [change];
}

function keyOf(object: ApiObject): string {
  const { name, namespace } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

/** '' where nothing controls it. */
function controllerUid(object: ApiObject): string {
  return object.metadata.ownerReferences?.find((owner) => owner.controller)?.uid ?? '';
}

function ownerUids(object: ApiObject): readonly string[] {
  return object.metadata.ownerReferences?.map(({ uid }) => uid) ?? none;
}

/** A namespace is ignored for cluster-scoped resources, whose objects have none. */
function clusterWide<T extends ApiObject>(all: Bucket<T>): Bucket<T> | undefined {
  for (const object of all.byKey.values()) return object.metadata.namespace ? undefined : all;
  return undefined;
}

function bucketOf<T>(index: Map<string, Bucket<T>>, indexKey: string): Bucket<T> {
  let bucket = index.get(indexKey);
  if (!bucket) {
    bucket = { byKey: new Map(), array: undefined };
    index.set(indexKey, bucket);
  }
  return bucket;
}

function insert<T>(bucket: Bucket<T>, key: string, object: T): void {
  bucket.byKey.set(key, object);
  bucket.array = undefined;
}

function drop<T>(index: Map<string, Bucket<T>>, indexKey: string, key: string): void {
  const bucket = index.get(indexKey);
  if (!bucket) return;
  bucket.byKey.delete(key);
  bucket.array = undefined;
  if (bucket.byKey.size === 0) index.delete(indexKey);
}

function arrayOf<T>(bucket: Bucket<T> | undefined): readonly T[] {
  if (!bucket) return none;
  bucket.array ??= [...bucket.byKey.values()];
  return bucket.array;
}
