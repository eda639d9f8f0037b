import { equalJson, isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import type { ApiObject } from '@trireme/schema';
import type { ManagedFieldsEntry, ObjectMeta } from '@trireme/schema/types/meta/v1';
import { statusErrors } from '../errors/status-errors.ts';
import { type Comparison, compareValues, ignoreFields, isSame } from './compare.ts';
import { type Conflict, conflictError } from './conflicts.ts';
import {
  emptyFieldSet,
  type FieldSet,
  fieldSetOfPaths,
  intersectFieldSets,
  isEmptyFieldSet,
  subtractFieldSets,
  subtractFieldSetsDeep,
  unionFieldSets,
} from './field-set.ts';
import { allowedByLastApplied, withLastApplied } from './last-applied.ts';
import {
  decodeManagedFields,
  encodeManagedFields,
  isReset,
  type Managed,
  type Managers,
  managerId,
  noManagers,
  withSets,
} from './managers.ts';
import { mergeValues } from './merge-values.ts';
import { prune } from './prune.ts';
import type { Shape } from './shape.ts';
import { toFieldSet } from './to-field-set.ts';
import { typedError } from './typed-error.ts';

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
const unowned: FieldSet = resetFields(
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

function ownable(set: FieldSet, tracking: FieldTracking): FieldSet {
  const kept = tracking.resetFields ? subtractFieldSetsDeep(set, tracking.resetFields) : set;
  return subtractFieldSets(kept, unowned);
}

function withManagedFields<T extends ApiObject>(object: T, entries: readonly ManagedFieldsEntry[] | undefined): T {
  const { managedFields: _old, ...rest } = object.metadata;
  const metadata: ObjectMeta = entries ? { ...rest, managedFields: entries } : rest;
  return { ...object, metadata };
}

/** An object as JSON to compare: without managedFields, which are about it and not of it. */
function contentOf(object: ApiObject): JsonObject {
  return withManagedFields(object, undefined) as unknown as JsonObject;
}

function compare(old: JsonObject, next: JsonObject, tracking: FieldTracking): Comparison {
  return ignoreFields(compareValues(old, next, tracking.shape), tracking.resetFields ?? emptyFieldSet);
}

function managedBy(tracking: FieldTracking, operation: Managed['operation'], set: FieldSet, time: string): Managed {
  const { manager, apiVersion, subresource = '' } = tracking;
  return { manager, operation, apiVersion, subresource, time, set };
}

/** What an update changes passes to its manager, from whoever owned it. */
function claim(managers: Managers, changes: Comparison, tracking: FieldTracking): Managers {
  const taken = unionFieldSets(changes.added, changes.modified);
  const left = withSets(managers, (_id, { set }) => subtractFieldSets(subtractFieldSets(set, taken), changes.removed));
  const mine = ownable(taken, tracking);
  if (isEmptyFieldSet(mine)) return left;
  const next = managedBy(tracking, 'Update', mine, tracking.nowIso);
  const id = managerId(next);
  const own = left.get(id);
  return new Map(left).set(id, own ? { ...next, set: unionFieldSets(own.set, mine) } : next);
}

/** The managers that an update starts from; undefined: the object is not tracked. */
function managersForUpdate(
  live: ApiObject | undefined,
  next: ApiObject,
  tracking: FieldTracking,
): Managers | undefined {
  if (!tracking.subresource) {
    if (isReset(next.metadata.managedFields)) return noManagers;
    const sent = decodeManagedFields(next.metadata.managedFields);
    if (sent && sent.size > 0) return sent;
  }
  if (!live) return noManagers;
  const stored = decodeManagedFields(live.metadata.managedFields);
  return stored && stored.size > 0 ? stored : undefined;
}

/** What a new object is compared with: its large parts are not owned by whoever happened to make them. */
function bareOf(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(object).flatMap((key) => (isJsonObject(object[key]) ? [[key, {}]] : [])));
}

/**
 * `next` with its managedFields kept for a create (no `live`), an update or a patch. Run it on the object as it will be
 * stored.
 */
export function trackUpdate<T extends ApiObject>(live: T | undefined, next: T, tracking: FieldTracking): T {
  const managers = managersForUpdate(live, next, tracking);
  if (!managers) return withManagedFields(next, undefined);
  const content = contentOf(next);
  const changes = compare(live ? contentOf(live) : bareOf(content), content, tracking);
  const tracked = isSame(changes) ? managers : claim(managers, changes, tracking);
  return withManagedFields(next, encodeManagedFields(tracked));
}

/** An object that was made before it was tracked: all of it belongs to one manager from before. */
function managersForApply(live: ApiObject | undefined, tracking: FieldTracking): Managers {
  if (!live) return noManagers;
  const stored = decodeManagedFields(live.metadata.managedFields) ?? noManagers;
  if (stored.size > 0) return stored;
  const before: FieldTracking = { ...tracking, manager: 'before-first-apply', subresource: '' };
  const { resetFields: _none, ...unfiltered } = before;
  return claim(noManagers, compareValues({}, contentOf(live), tracking.shape), unfiltered);
}

function conflictsOf(managers: Managers, me: string, changes: Comparison): readonly Conflict[] {
  const changed = unionFieldSets(changes.modified, changes.added);
  return [...managers].flatMap(([id, owner]) => {
    const set = id === me ? emptyFieldSet : intersectFieldSets(owner.set, changed);
    return isEmptyFieldSet(set) ? [] : [{ owner, set }];
  });
}

/** Leaves out the conflicts that an earlier client-side apply explains. */
function unexplained(
  conflicts: readonly Conflict[],
  live: ApiObject | undefined,
  tracking: FieldTracking,
): readonly Conflict[] {
  if (conflicts.length === 0 || !live || tracking.manager !== 'kubectl') return conflicts;
  const allowed = allowedByLastApplied(live, tracking.shape);
  return conflicts
    .map(({ owner, set }) => ({ owner, set: subtractFieldSets(set, allowed) }))
    .filter(({ set }) => !isEmptyFieldSet(set));
}

function dropNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object') ? value.map(dropNulls) : value;
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === null || item === undefined ? [] : [[key, dropNulls(item)]],
    ),
  );
}

/**
 * Server-side apply: the live object with a manager's configuration laid over it. What the manager applied before and
 * leaves out now is removed, unless others own it too. Throws a StatusError: 409 where others own what it changes and
 * `force` is off, 400 for a configuration that carries managedFields. The result still needs defaults and validation.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function applyConfiguration(
  live: ApiObject | undefined,
  config: ApiObject,
  tracking: FieldTracking & { readonly force: boolean },
): ApiObject {
  if (config.metadata.managedFields) throw statusErrors.badRequest('metadata.managedFields must be nil');
  const { shape } = tracking;
  const applied = config as unknown as JsonObject;
  const problem = typedError(config, shape);
  if (problem) throw problem;
  const content = live ? contentOf(live) : bareOf(applied);
  const managers = managersForApply(live, tracking);
  // The name and the like count while pruning, so that metadata stays; they are dropped from what is written down.
  const set = subtractFieldSetsDeep(toFieldSet(applied, shape), tracking.resetFields ?? emptyFieldSet);
  const mine = managedBy(tracking, 'Apply', set, tracking.nowIso);
  const me = managerId(mine);
  const last = managers.get(me);
  const withMine = new Map(managers).set(me, mine);
  const merged = mergeValues(content, applied, shape) as JsonObject;
  const lastSet = last ? ownable(last.set, tracking) : emptyFieldSet;
  const next = prune(merged, withMine, lastSet, shape);
  const changes = compare(content, next, tracking);
  const conflicts = conflictsOf(withMine, me, changes);
  const open = tracking.force ? [] : unexplained(conflicts, live, tracking);
  if (open.length > 0) throw conflictError(open);
  const lost = unionFieldSets(changes.removed, unionFieldSets(changes.modified, changes.added));
  const owned = withSets(withMine, (id, managed) => subtractFieldSets(managed.set, id === me ? unowned : lost));
  const unchanged = live !== undefined && last !== undefined && equalJson(content, next);
  const timed = new Map(owned);
  const own = timed.get(me);
  if (unchanged && own) timed.set(me, { ...own, time: last.time });
  const object = dropNulls(next) as unknown as ApiObject;
  return withManagedFields(withLastApplied(object, config, tracking.manager), encodeManagedFields(timed));
}
