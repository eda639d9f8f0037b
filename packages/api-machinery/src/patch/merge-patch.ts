import { isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import { statusErrors } from '../errors/status-errors.ts';

function merge(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) result.delete(key);
    else result.set(key, merge(result.get(key), value));
  }
  return Object.fromEntries(result);
}

/** RFC 7386: null removes, objects merge, all else replaces. Throws a StatusError where the patch is no object. */
export function applyMergePatch(document: JsonObject, patch: unknown): JsonObject {
  if (!isJsonObject(patch)) throw statusErrors.badRequest('Invalid JSON Patch');
  return merge(document, patch) as JsonObject;
}
