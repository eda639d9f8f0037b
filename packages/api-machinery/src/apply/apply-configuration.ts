import { equalJson, isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import type { ApiObject } from '@trireme/schema';
import { statusErrors } from '../errors/status-errors.ts';
import { type Comparison, compareValues } from './compare.ts';
import { type Conflict, conflictError } from './conflicts.ts';
import {
  emptyFieldSet,
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
  type Managers,
  managerId,
  noManagers,
  withSets,
} from './managers.ts';
import { mergeValues } from './merge-values.ts';
import { prune } from './prune.ts';
import { toFieldSet } from './to-field-set.ts';
import { claimChanges } from './track-update.ts';
import {
  bareOf,
  compareTracked,
  contentOf,
  type FieldTracking,
  managedBy,
  ownable,
  unownedFields,
  withManagedFields,
} from './tracking.ts';
import { typedError } from './typed-error.ts';

/** An object that was made before it was tracked: all of it belongs to one manager from before. */
function managersForApply(live: ApiObject | undefined, tracking: FieldTracking): Managers {
  if (!live) return noManagers;
  const stored = decodeManagedFields(live.metadata.managedFields) ?? noManagers;
  if (stored.size > 0) return stored;
  const before: FieldTracking = { ...tracking, manager: 'before-first-apply', subresource: '' };
  const { resetFields: _none, ...unfiltered } = before;
  return claimChanges(noManagers, compareValues({}, contentOf(live), tracking.shape), unfiltered);
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
  const changes = compareTracked(content, next, tracking);
  const conflicts = conflictsOf(withMine, me, changes);
  const open = tracking.force ? [] : unexplained(conflicts, live, tracking);
  if (open.length > 0) throw conflictError(open);
  const lost = unionFieldSets(changes.removed, unionFieldSets(changes.modified, changes.added));
  const owned = withSets(withMine, (id, managed) => subtractFieldSets(managed.set, id === me ? unownedFields : lost));
  const unchanged = live !== undefined && last !== undefined && equalJson(content, next);
  const timed = new Map(owned);
  const own = timed.get(me);
  if (unchanged && own) timed.set(me, { ...own, time: last.time, entry: undefined });
  const object = dropNulls(next) as unknown as ApiObject;
  return withManagedFields(withLastApplied(object, config, tracking.manager), encodeManagedFields(timed));
}
