import type { Kind } from '@trireme/api';
import { type ApiObject, apiVersionOf } from '@trireme/schema';
import type { StorageRef } from '../store/keys.ts';
import type { WriteTarget } from '../store/object-store.ts';

/** Where objects of a kind lie: kinds that are views of the same objects share a place. */
export function storageRef(kind: Kind): StorageRef {
  return kind.storedAs?.ref ?? kind.ref;
}

export function toStored(kind: Kind, object: ApiObject): ApiObject {
  return kind.storedAs?.toStored(object) ?? object;
}

/** The stored object as this kind shows it. */
export function fromStored(kind: Kind, stored: ApiObject): ApiObject {
  if (kind.storedAs) return kind.storedAs.fromStored(stored);
  const apiVersion = apiVersionOf(kind.ref);
  return stored.apiVersion === apiVersion ? stored : { ...stored, apiVersion };
}

export function writeTarget(kind: Kind, namespace: string, name: string, dryRun: boolean | undefined): WriteTarget {
  const place = kind.ref.namespaced ? namespace : undefined;
  return { ref: storageRef(kind), namespace: place, name, dryRun, ttlSeconds: kind.ttlSeconds };
}
