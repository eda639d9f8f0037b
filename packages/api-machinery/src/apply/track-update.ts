import type { ApiObject } from '@trireme/schema';
import { type Comparison, isSame } from './compare.ts';
import { isEmptyFieldSet, subtractFieldSets, unionFieldSets } from './field-set.ts';
import {
  decodeManagedFields,
  encodeManagedFields,
  isReset,
  type Managers,
  managerId,
  noManagers,
  withSets,
} from './managers.ts';
import {
  bareOf,
  compareTracked,
  contentOf,
  type FieldTracking,
  managedBy,
  ownable,
  withManagedFields,
} from './tracking.ts';

/** What an update changes passes to its manager, from whoever owned it. */
export function claimChanges(managers: Managers, changes: Comparison, tracking: FieldTracking): Managers {
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

/**
 * `next` with its managedFields kept for a create (no `live`), an update or a patch. Run it on the object as it will be
 * stored.
 */
export function trackUpdate<T extends ApiObject>(live: T | undefined, next: T, tracking: FieldTracking): T {
  const managers = managersForUpdate(live, next, tracking);
  if (!managers) return withManagedFields(next, undefined);
  const content = contentOf(next);
  const changes = compareTracked(live ? contentOf(live) : bareOf(content), content, tracking);
  const tracked = isSame(changes) ? managers : claimChanges(managers, changes, tracking);
  return withManagedFields(next, encodeManagedFields(tracked));
}
