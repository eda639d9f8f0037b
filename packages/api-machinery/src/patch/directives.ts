import { isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import { goPrint } from '../errors/go-print.ts';
import { statusErrors } from '../errors/status-errors.ts';

export const patchDirective = '$patch';
export const retainKeysDirective = '$retainKeys';
export const orderPrefix = '$setElementOrder/';
export const deleteListPrefix = '$deleteFromPrimitiveList/';

function isDirective(key: string): boolean {
  return (
    key === patchDirective ||
    key === retainKeysDirective ||
    key.startsWith(orderPrefix) ||
    key.startsWith(deleteListPrefix)
  );
}

export function unknownDirective(value: unknown, where: JsonObject): never {
  throw statusErrors.unclassified(`unknown patch type: ${goPrint(value)} in map: ${goPrint(where)}`);
}

/**
 * What a new value of a patch becomes in the document: without directives and nulls. Undefined where a
 * `$patch: delete` says that it shall not be there at all.
 */
export function asNewValue(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) return value.map(asNewValue).filter((item) => item !== undefined);
  if (!isJsonObject(value)) return value;
  if (value[patchDirective] === 'delete') return undefined;
  const kept: [string, JsonValue][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || item === null || isDirective(key)) continue;
    const next = asNewValue(item);
    if (next !== undefined) kept.push([key, next]);
  }
  return Object.fromEntries(kept);
}

/** Keys of `original` that `$retainKeys` keeps; the patch must not set others. */
export function retainKeys(original: JsonObject, patch: JsonObject): JsonObject {
  const directive = patch[retainKeysDirective];
  if (directive === undefined) return original;
  const keys: ReadonlySet<unknown> = new Set(Array.isArray(directive) ? directive : []);
  const stray = Object.keys(patch).some((key) => !isDirective(key) && patch[key] !== null && !keys.has(key));
  if (!Array.isArray(directive) || stray) {
    throw statusErrors.badRequest('invalid patch format of retainKeys');
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => keys.has(key)));
}
