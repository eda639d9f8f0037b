import type { JsonObject } from '@trireme/base';
import {
  emptyFieldSet,
  type FieldSet,
  intersectFieldSets,
  isEmptyFieldSet,
  subtractFieldSets,
  unionFieldSets,
} from './field-set.ts';
import type { Managers } from './managers.ts';
import { removeItems } from './merge-values.ts';
import type { Shape } from './shape.ts';
import { toFieldSet, withNamedFields } from './to-field-set.ts';

/**
 * Removes what the applier applied last time, did not apply now, and no one else owns. `managers` holds the applier's
 * new set already.
 */
export function prune(merged: JsonObject, managers: Managers, last: FieldSet, shape: Shape): JsonObject {
  if (isEmptyFieldSet(last)) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(set, shape);
  const without = (set: FieldSet): JsonObject => (removeItems(merged, set, shape) ?? {}) as JsonObject;
  const setOf = (object: JsonObject): FieldSet => named(toFieldSet(object, shape));
  const all = setOf(merged);
  const lastNamed = named(last);

  const pruned = without(lastNamed);
  // A parent took its children with it: bring back what an owner claims.
  const owned = [...managers.values()].reduce((set, managed) => unionFieldSets(set, managed.set), emptyFieldSet);
  const keep = unionFieldSets(setOf(pruned), named(owned));
  const restored = without(subtractFieldSets(all, keep));
  // And what no one owns stays as well, unless the applier owned just that.
  const gone = intersectFieldSets(subtractFieldSets(all, setOf(restored)), lastNamed);
  return without(gone);
}
