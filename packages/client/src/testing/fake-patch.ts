import { isJsonObject, type JsonValue } from '@trireme/base';
import type { Patch } from '../api-client.ts';

/**
 * What a patch makes of a value. Strategic and apply patches are taken as merge patches here: lists are replaced whole.
 * JSON patches know add, remove and replace, which is all that the cluster's own programs send.
 */
export function applyFakePatch<T>(object: T, patch: Patch): T {
  if (patch.type !== 'json') return mergePatch(object as JsonValue, patch.body) as T;
  let value = object as JsonValue;
  for (const { op, path, value: added } of patch.body) {
    if (op === 'test' || op === 'move' || op === 'copy') throw new TypeError(`the fake API knows no JSON patch ${op}`);
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    value = change(value, keys, op, added);
  }
  return value as T;
}

/** RFC 7386. */
function mergePatch(target: JsonValue | undefined, patch: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(patch)) return patch;
  const result: Record<string, JsonValue | undefined> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

function change(value: JsonValue, keys: readonly string[], op: string, added: JsonValue | undefined): JsonValue {
  const [key, ...rest] = keys;
  if (key === undefined) return added ?? null;
  if (Array.isArray(value)) {
    const items = [...(value as readonly JsonValue[])];
    const index = key === '-' ? items.length : Number(key);
    if (rest.length > 0) items[index] = change(items[index] ?? null, rest, op, added);
    else items.splice(index, op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [added ?? null]));
    return items;
  }
  const result: Record<string, JsonValue | undefined> = isJsonObject(value) ? { ...value } : {};
  if (rest.length > 0) result[key] = change(result[key] ?? null, rest, op, added);
  else if (op === 'remove') delete result[key];
  else result[key] = added;
  return result;
}
