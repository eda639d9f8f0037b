import { equalJson, isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import { goPrint } from '../errors/go-print.ts';
import { statusErrors } from '../errors/status-errors.ts';
import { asNewValue, patchDirective, unknownDirective } from './directives.ts';
import { orderMerged } from './list-order.ts';
import { patchNotApplicable } from './patch-error.ts';

export type List = readonly JsonValue[];
export type MergeMaps = (original: JsonObject, patch: JsonObject) => JsonObject;

/** Lists in lists, and lists that mix objects with other values, have no merge. */
function holdsObjects(original: List, patch: List): boolean {
  const all = [...original, ...patch];
  if (all.some((item) => Array.isArray(item))) throw patchNotApplicable('lists of lists are not supported');
  const objects = all.filter(isJsonObject).length;
  if (objects > 0 && objects < all.length) {
    throw statusErrors.unclassified(`list element types are not identical: ${goPrint([original, patch])}`);
  }
  return objects > 0;
}

function keyOf(item: JsonObject, mergeKey: string): JsonValue {
  const key = item[mergeKey];
  if (key === undefined) {
    throw statusErrors.unclassified(`map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return key;
}

/** Carries out the `$patch` elements: what is left of the original, and of the patch. */
function runDirectives(
  original: readonly JsonObject[],
  patch: readonly JsonObject[],
  mergeKey: string,
): { readonly original: readonly JsonObject[]; readonly patch: readonly JsonObject[] } {
  let kept = original;
  let replace = false;
  const plain: JsonObject[] = [];
  for (const item of patch) {
    const directive = item[patchDirective];
    if (directive === undefined) plain.push(item);
    else if (directive === 'delete') {
      const key = keyOf(item, mergeKey);
      kept = kept.filter((other) => !equalJson(other[mergeKey], key));
    } else if (directive === 'replace') replace = true;
    else if (directive === 'merge') {
      throw statusErrors.unclassified('merging lists cannot yet be specified in the patch');
    } else unknownDirective(directive, item);
  }
  return { original: replace ? [] : kept, patch: plain };
}

function mergeObjects(originals: List, patches: List, mergeKey: string, mergeMaps: MergeMaps): List {
  const { original, patch } = runDirectives(
    originals as readonly JsonObject[],
    patches as readonly JsonObject[],
    mergeKey,
  );
  const merged: JsonObject[] = [...original];
  for (const item of patch) {
    const key = keyOf(item, mergeKey);
    const at = merged.findIndex((other) => equalJson(other[mergeKey], key));
    if (at >= 0) merged[at] = mergeMaps(merged[at] as JsonObject, item);
    else {
      const value = asNewValue(item);
      if (value !== undefined) merged.push(value as JsonObject);
    }
  }
  return orderMerged(merged, patch, original, mergeKey);
}

function mergeScalars(original: List, patch: List): List {
  const merged: JsonValue[] = [];
  for (const item of [...original, ...patch]) if (!merged.some((other) => equalJson(other, item))) merged.push(item);
  return orderMerged(merged, patch, original, undefined);
}

/** Two lists of strategy merge: objects by their key, scalars as a set. */
export function mergeLists(original: List, patch: List, mergeKey: string | undefined, mergeMaps: MergeMaps): List {
  if (original.length === 0 && patch.length === 0) return original;
  if (!holdsObjects(original, patch)) return mergeScalars(original, patch);
  if (mergeKey === undefined) throw statusErrors.unclassified('cannot merge lists without merge key');
  return mergeObjects(original, patch, mergeKey, mergeMaps);
}
