import { equalJson, isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import { goPrint } from '../errors/go-print.ts';
import { statusErrors } from '../errors/status-errors.ts';
import {
  asNewValue,
  deleteListPrefix,
  orderPrefix,
  patchDirective,
  retainKeys,
  retainKeysDirective,
  unknownDirective,
} from './directives.ts';
import { followsOrder, identityOf, orderMerged } from './list-order.ts';
import { goKindOf } from './patch-error.ts';
import type { FieldSchema, PatchSchema } from './patch-schema.ts';
import { type List, mergeLists } from './strategic-lists.ts';

/**
 * Strategic merge patch: like a merge patch, but lists merge as their type says, by merge key or as sets, and
 * directives replace, delete, order and retain. Throws a StatusError, 400 or 422.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
export function applyStrategicMergePatch(document: JsonObject, patch: unknown, schema: PatchSchema): JsonObject {
  if (!isJsonObject(patch)) {
    const message = `json: cannot unmarshal ${goKindOf(patch)} into Go value of type map[string]interface {}`;
    throw statusErrors.badRequest(message);
  }
  return mergeMap(document, patch, schema);
}

function listIn(value: JsonValue | undefined, what: string): List {
  if (Array.isArray(value)) return value;
  throw statusErrors.badRequest(`invalid patch format of ${what}`);
}

function isDirectiveElement(item: JsonValue): boolean {
  return isJsonObject(item) && item[patchDirective] !== undefined;
}

/**
 * The order that the server's list counts as having. Upstream deletes and appends in place, so that new elements take
 * the places of deleted ones in it; clients know lists to come out so, e.g. when a container is renamed.
 */
function serverOrder(existing: List, patched: List, mergeKey: string | undefined): List {
  if (mergeKey === undefined) return existing;
  const keysOf = (items: List): Set<string> => new Set(items.map((item) => JSON.stringify(identityOf(item, mergeKey))));
  const directives = patched.filter(isDirectiveElement);
  const gone = keysOf(directives.filter((item) => isJsonObject(item) && item[patchDirective] === 'delete'));
  const kept = existing.filter((item) => !gone.has(JSON.stringify(identityOf(item, mergeKey))));
  const known = keysOf(kept);
  const fresh = patched.filter(
    (item) => !isDirectiveElement(item) && !known.has(JSON.stringify(identityOf(item, mergeKey))),
  );
  return [...kept, ...fresh].slice(0, existing.length);
}

/** `$setElementOrder/x`: merges x, and puts its elements in the listed order. Undefined where there is no list. */
function mergeOrdered(original: JsonObject, patch: JsonObject, name: string, field: FieldSchema): List | undefined {
  const order = listIn(patch[orderPrefix + name], 'setElementOrder list');
  const existing = original[name] === undefined ? undefined : listIn(original[name], 'setElementOrder list');
  const patched = patch[name] === undefined ? undefined : listIn(patch[name], 'setElementOrder list');
  const key = field.mergeKey;
  const set = (patched ?? []).filter((item) => !isDirectiveElement(item));
  if (!followsOrder(set, order, key)) {
    const message = `The order in patch list:\n${goPrint(patched)}\n doesn't match $setElementOrder list:\n${goPrint(order)}\n`;
    throw statusErrors.unclassified(message);
  }
  if (!existing && !patched) return undefined;
  const merged = patched ? mergeListField(existing ?? [], patched, field) : (existing ?? []);
  return orderMerged(merged, order, serverOrder(existing ?? [], patched ?? [], key), key);
}

function mergeListField(original: List, patch: List, field: FieldSchema): List {
  if (field.strategy !== 'merge') return asNewValue(patch) as List;
  const element = field.schema.element;
  return mergeLists(original, patch, field.mergeKey, (a, b) => mergeMap(a, b, element));
}

/** The value of one field after the patch; undefined removes it. */
function mergeField(old: JsonValue | undefined, value: JsonValue, field: FieldSchema): JsonValue | undefined {
  if (value === null) return undefined;
  if (isJsonObject(old) && isJsonObject(value)) {
    return field.strategy === 'replace' ? asNewValue(value) : mergeMap(old, value, field.schema);
  }
  if (Array.isArray(value) && (Array.isArray(old) || value.some(isDirectiveElement))) {
    return mergeListField(Array.isArray(old) ? old : [], value, field);
  }
  return asNewValue(value);
}

function deleteFromList(old: JsonValue | undefined, gone: JsonValue): JsonValue | undefined {
  const values = listIn(gone, 'primitive list');
  return Array.isArray(old) ? old.filter((item) => !values.some((value) => equalJson(value, item))) : old;
}

/** The patch's own `$patch`: replace takes the patch, delete leaves nothing. Undefined: go on merging. */
function replaced(patch: JsonObject): JsonObject | undefined {
  const directive = patch[patchDirective];
  if (directive === undefined || directive === 'merge') return undefined;
  if (directive === 'delete') return {};
  if (directive !== 'replace') unknownDirective(directive, patch);
  return asNewValue(patch) as JsonObject;
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: PatchSchema): JsonObject {
  const whole = replaced(patch);
  if (whole) return whole;
  const result = new Map(Object.entries(retainKeys(original, patch)));
  const put = (name: string, value: JsonValue | undefined): void => {
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  };
  const names = Object.keys(patch);
  const ordered = new Set(
    names.filter((key) => key.startsWith(orderPrefix)).map((key) => key.slice(orderPrefix.length)),
  );
  for (const name of ordered) {
    const known = Object.fromEntries(result);
    const list = mergeOrdered(known, patch, name, schema.field(name));
    if (list) put(name, list);
  }
  for (const name of names) {
    const value = patch[name];
    if (value === undefined || name === patchDirective || name === retainKeysDirective) continue;
    if (name.startsWith(orderPrefix) || ordered.has(name)) continue;
    if (name.startsWith(deleteListPrefix)) {
      const list = name.slice(deleteListPrefix.length);
      put(list, deleteFromList(result.get(list), value));
    } else put(name, mergeField(result.get(name), value, schema.field(name)));
  }
  return Object.fromEntries(result);
}
