import { equalJson, isJsonObject, type JsonValue } from '@trireme/base';
import { statusErrors } from '../errors/status-errors.ts';
import { editAt, PointerError, parsePointer, valueAt } from './json-pointer.ts';
import { goKindOf, patchNotApplicable } from './patch-error.ts';

export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string };

/** So that a small patch cannot ask for endless work. */
export const maxJsonPatchOperations = 10_000;
/** All that `copy` makes together, in characters of JSON: what a request may carry at most. */
export const maxJsonPatchCopySize = 3 * 1024 * 1024;

function decode(patch: unknown): readonly { readonly [key: string]: unknown }[] {
  if (!Array.isArray(patch)) {
    throw statusErrors.badRequest(`json: cannot unmarshal ${goKindOf(patch)} into Go value of type jsonpatch.Patch`);
  }
  for (const operation of patch) {
    if (!isJsonObject(operation)) {
      const message = `json: cannot unmarshal ${goKindOf(operation)} into Go value of type jsonpatch.Operation`;
      throw statusErrors.badRequest(message);
    }
  }
  if (patch.length > maxJsonPatchOperations) {
    const message = `The allowed maximum operations in a JSON patch is ${maxJsonPatchOperations}, got ${patch.length}`;
    throw statusErrors.requestEntityTooLarge(message);
  }
  return patch;
}

function pointerIn(operation: { readonly [key: string]: unknown }, field: 'path' | 'from'): readonly string[] {
  const text = operation[field];
  const pointer = typeof text === 'string' ? parsePointer(text) : undefined;
  if (!pointer) throw new PointerError(`${field} is no JSON pointer`);
  return pointer;
}

function valueIn(operation: { readonly [key: string]: unknown }): JsonValue {
  if (operation.value === undefined) throw new PointerError('the operation has no value');
  return operation.value as JsonValue;
}

function testAt(document: JsonValue, path: readonly string[], expected: unknown): void {
  let actual: JsonValue | undefined;
  try {
    actual = valueAt(document, path);
  } catch (error) {
    // A missing value equals null, as upstream has it.
    if (!(error instanceof PointerError) || expected !== null) throw error;
    actual = null;
  }
  if (!equalJson(actual, expected)) throw new PointerError('the tested value is another');
}

function createStep(): (document: JsonValue, operation: { readonly [key: string]: unknown }) => JsonValue {
  let copied = 0;
  return (document, operation) => {
    const path = pointerIn(operation, 'path');
    switch (operation.op) {
      case 'add':
        return editAt(document, path, { insert: valueIn(operation) });
      case 'replace':
        return editAt(document, path, { set: valueIn(operation) });
      case 'remove':
        return editAt(document, path, { remove: true });
      case 'test':
        testAt(document, path, operation.value ?? null);
        return document;
      case 'move': {
        const from = pointerIn(operation, 'from');
        const value = valueAt(document, from);
        return editAt(editAt(document, from, { remove: true }), path, { insert: value });
      }
      case 'copy': {
        const value = valueAt(document, pointerIn(operation, 'from'));
        copied += JSON.stringify(value).length;
        if (copied > maxJsonPatchCopySize) throw new PointerError('copies exceed the size that a patch may make');
        return editAt(document, path, { insert: value });
      }
      default:
        throw new PointerError(`unexpected kind of operation: ${String(operation.op)}`);
    }
  };
}

/**
 * RFC 6902. Throws a StatusError: 400 where the patch is malformed, 413 where it is too long, 422 where it does not
 * apply. Either all operations apply or none.
 */
export function applyJsonPatch(document: JsonValue, patch: unknown): JsonValue {
  const run = createStep();
  return decode(patch).reduce<JsonValue>((current, operation, i) => {
    try {
      return run(current, operation);
    } catch (error) {
      if (!(error instanceof PointerError)) throw error;
      throw patchNotApplicable(`operation ${i} (${String(operation.op)} ${String(operation.path)}): ${error.message}`);
    }
  }, document);
}
