import { equalJson, type JsonValue } from '@trireme/base';
import {
  asMember,
  emptyFieldSet,
  type FieldSet,
  fieldSetOf,
  isEmptyFieldSet,
  leafFieldSet,
  subtractFieldSetsDeep,
} from './field-set.ts';
import { type Shape, shapeBelow } from './shape.ts';
import { childrenOf, viewPair } from './typed-value.ts';

/** What lies between two versions of an object, as paths. */
export interface Comparison {
  readonly added: FieldSet;
  readonly removed: FieldSet;
  readonly modified: FieldSet;
}

const same: Comparison = { added: emptyFieldSet, removed: emptyFieldSet, modified: emptyFieldSet };

export function isSame({ added, removed, modified }: Comparison): boolean {
  return isEmptyFieldSet(added) && isEmptyFieldSet(removed) && isEmptyFieldSet(modified);
}

/** Repeated items are owned together, as a whole. */
function compareItems(old: readonly JsonValue[], next: readonly JsonValue[], shape: Shape): Comparison {
  if (old.length <= 1 && next.length <= 1) return compareValues(old[0], next[0], shape);
  if (old.length > 1 && next.length > 1) return equalJson(old, next) ? same : { ...same, modified: leafFieldSet };
  return {
    added: next.length > 1 ? leafFieldSet : compareValues(undefined, next[0], shape).added,
    removed: old.length > 1 ? leafFieldSet : compareValues(old[0], undefined, shape).removed,
    modified: emptyFieldSet,
  };
}

/** Undefined is what is not there. */
export function compareValues(old: JsonValue | undefined, next: JsonValue | undefined, shape: Shape): Comparison {
  if (old === next) return same;
  const pair = viewPair(old, next, shape);
  if (pair.kind === 'leaf') {
    if (old === undefined) return { ...same, added: leafFieldSet };
    if (next === undefined) return { ...same, removed: leafFieldSet };
    return equalJson(old, next) ? same : { ...same, modified: leafFieldSet };
  }
  const [before, after] = [childrenOf(pair.left, shape), childrenOf(pair.right, shape)];
  const parts: [string, Comparison][] = [];
  for (const element of new Set([...before.keys(), ...after.keys()])) {
    const part = compareItems(before.get(element) ?? [], after.get(element) ?? [], shapeBelow(shape, element));
    if (!isSame(part)) parts.push([element, part]);
  }
  const added = fieldSetOf(
    false,
    parts.map(([element, part]) => [element, part.added] as const),
  );
  const removed = fieldSetOf(
    false,
    parts.map(([element, part]) => [element, part.removed] as const),
  );
  return {
    added: old === undefined ? asMember(added) : added,
    removed: next === undefined ? asMember(removed) : removed,
    modified: fieldSetOf(
      false,
      parts.map(([element, part]) => [element, part.modified] as const),
    ),
  };
}

/** The comparison without what lies in or below `ignored`. */
export function ignoreFields(comparison: Comparison, ignored: FieldSet): Comparison {
  if (isEmptyFieldSet(ignored)) return comparison;
  return {
    added: subtractFieldSetsDeep(comparison.added, ignored),
    removed: subtractFieldSetsDeep(comparison.removed, ignored),
    modified: subtractFieldSetsDeep(comparison.modified, ignored),
  };
}
