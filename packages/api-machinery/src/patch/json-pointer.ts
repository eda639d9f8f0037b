import { isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';

/** '/spec/a~1b' -> ['spec', 'a/b']; undefined where the text is no pointer. RFC 6901. */
export function parsePointer(text: string): readonly string[] | undefined {
  if (text === '') return [];
  if (!text.startsWith('/')) return undefined;
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What `edit` decides for the value at the end of a pointer; `missing` says that there was none. */
export type Edit = { readonly set: JsonValue } | { readonly insert: JsonValue } | { readonly remove: true };

/** A step of a pointer that leads nowhere, in words for a log. */
export class PointerError extends Error {
  override readonly name = 'PointerError';
}

/** An index as upstream takes it: decimal, also negative to count from the end; `size` is one past the last allowed. */
function indexOf(token: string, length: number, size: number): number {
  if (!/^-?(0|[1-9]\d*)$/.test(token)) throw new PointerError(`'${token}' is no index of a list`);
  const given = Number(token);
  const index = given < 0 ? given + size : given;
  if (index < 0 || index >= size) throw new PointerError(`index ${token} is outside a list of ${length}`);
  return index;
}

function editList(list: readonly JsonValue[], token: string, edit: Edit): readonly JsonValue[] {
  if ('insert' in edit) {
    const index = token === '-' ? list.length : indexOf(token, list.length, list.length + 1);
    return list.toSpliced(index, 0, edit.insert);
  }
  const index = indexOf(token, list.length, list.length);
  return 'set' in edit ? list.with(index, edit.set) : list.toSpliced(index, 1);
}

/** A copy of an object with one key set; '__proto__' is a key like any other. */
function withKey(object: JsonObject, key: string, value: JsonValue): JsonObject {
  return Object.fromEntries([...Object.entries(object).filter(([name]) => name !== key), [key, value]]);
}

function editObject(object: JsonObject, key: string, edit: Edit): JsonObject {
  if ('insert' in edit) return withKey(object, key, edit.insert);
  if (!Object.hasOwn(object, key)) throw new PointerError(`there is no key '${key}'`);
  if ('set' in edit) return withKey(object, key, edit.set);
  const { [key]: _removed, ...rest } = object;
  return rest;
}

/** The child of a value at one step. Throws PointerError where there is none. */
function step(value: JsonValue, token: string): JsonValue {
  if (Array.isArray(value)) return value[indexOf(token, value.length, value.length)] as JsonValue;
  if (isJsonObject(value) && Object.hasOwn(value, token)) return value[token] as JsonValue;
  throw new PointerError(`there is nothing at '${token}'`);
}

export function valueAt(root: JsonValue, pointer: readonly string[]): JsonValue {
  return pointer.reduce(step, root);
}

/** The document with one edit made; all that lies beside the path is shared with the original. */
export function editAt(root: JsonValue, pointer: readonly string[], edit: Edit): JsonValue {
  const [token, ...rest] = pointer;
  if (token === undefined) {
    if ('remove' in edit) throw new PointerError('the whole document cannot be removed');
    return 'set' in edit ? edit.set : edit.insert;
  }
  if (rest.length > 0) {
    const child = editAt(step(root, token), rest, edit);
    return Array.isArray(root)
      ? editList(root, token, { set: child })
      : editObject(root as JsonObject, token, { set: child });
  }
  if (Array.isArray(root)) return editList(root, token, edit);
  if (isJsonObject(root)) return editObject(root, token, edit);
  throw new PointerError(`'${token}' is looked for in what is neither an object nor a list`);
}
