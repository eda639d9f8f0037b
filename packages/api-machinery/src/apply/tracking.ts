import { isJsonObject, type JsonObject } from '@trireme/base';
import type { ApiObject } from '@trireme/schema';
import type { ManagedFieldsEntry, ObjectMeta } from '@trireme/schema/types/meta/v1';
import { type Comparison, compareValues, ignoreFields } from './compare.ts';
import {
  emptyFieldSet,
  type FieldSet,
  fieldSetOfPaths,
  subtractFieldSets,
  subtractFieldSetsDeep,
} from './field-set.ts';
import type { Managed } from './managers.ts';
import type { Shape } from './shape.ts';

/** Who writes, when, and by which schema. */
export interface FieldTracking {
  readonly shape: Shape;
  /** `?fieldManager=`, or what the server derives from the user agent. */
  readonly manager: string;
  readonly apiVersion: string;
  /** '' or absent for the object itself. */
  readonly subresource?: string | undefined;
  readonly nowIso: string;
  /** Fields that this endpoint resets and so never owns: see `resetFields`. */
  readonly resetFields?: FieldSet | undefined;
}

/** `resetFields('status')` for an object's main endpoint, `resetFields('spec')` for its status. */
export function resetFields(...paths: readonly string[]): FieldSet {
  return fieldSetOfPaths(paths.map((path) => path.split('.').map((name) => `f:${name}`)));
}

/** Fields that no one owns: the server sets them, or they name the object. */
export const unownedFields: FieldSet = resetFields(
  'apiVersion',
  'kind',
  'metadata',
  'metadata.name',
  'metadata.namespace',
  'metadata.creationTimestamp',
  'metadata.selfLink',
  'metadata.uid',
  'metadata.clusterName',
  'metadata.generation',
  'metadata.managedFields',
  'metadata.resourceVersion',
);

export function ownable(set: FieldSet, tracking: FieldTracking): FieldSet {
  const kept = tracking.resetFields ? subtractFieldSetsDeep(set, tracking.resetFields) : set;
  return subtractFieldSets(kept, unownedFields);
}

export function withManagedFields<T extends ApiObject>(
  object: T,
  entries: readonly ManagedFieldsEntry[] | undefined,
): T {
  const { managedFields: _old, ...rest } = object.metadata;
  const metadata: ObjectMeta = entries ? { ...rest, managedFields: entries } : rest;
  return { ...object, metadata };
}

/** An object as JSON to compare: without managedFields, which are about it and not of it. */
export function contentOf(object: ApiObject): JsonObject {
  return withManagedFields(object, undefined) as unknown as JsonObject;
}

export function compareTracked(old: JsonObject, next: JsonObject, tracking: FieldTracking): Comparison {
  return ignoreFields(compareValues(old, next, tracking.shape), tracking.resetFields ?? emptyFieldSet);
}

export function managedBy(
  tracking: FieldTracking,
  operation: Managed['operation'],
  set: FieldSet,
  time: string,
): Managed {
  const { manager, apiVersion, subresource = '' } = tracking;
  return { manager, operation, apiVersion, subresource, time, set };
}

/** What a new object is compared with: its large parts are not owned by whoever happened to make them. */
export function bareOf(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(object).flatMap((key) => (isJsonObject(object[key]) ? [[key, {}]] : [])));
}
