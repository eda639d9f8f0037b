import { fieldErrorMessage } from '@trireme/api-machinery';
import { cloneJson } from '@trireme/base';
import type { ApiObject } from '@trireme/schema';
import type { Kind } from '../src/kind.ts';

/** A place in an object and the value put there: ['spec/containers/0/image', '']. Undefined removes it. */
export type Change = readonly [pointer: string, value: unknown];

/** A copy with one change. Folders on the way are made where they are missing. */
export function withChange<T extends ApiObject>(object: T, [pointer, value]: Change): T {
  const copy = cloneJson(object);
  const names = pointer.split('/');
  const last = names.pop() ?? '';
  let folder = copy as unknown as Record<string, unknown>;
  for (const name of names) {
    folder[name] ??= {};
    folder = folder[name] as Record<string, unknown>;
  }
  if (value === undefined) delete folder[last];
  else folder[last] = value;
  return copy;
}

export function withChanges<T extends ApiObject>(object: T, changes: readonly Change[]): T {
  return changes.reduce(withChange, object);
}

/** What creating the object would be refused for, after defaults as the apiserver applies them. */
export function createFindings<T extends ApiObject>(kind: Kind<T>, object: T): readonly string[] {
  const filled = kind.defaults(object);
  const prepared = kind.prepareForCreate?.(filled) ?? filled;
  return [...(kind.validateCreate?.(prepared) ?? []), ...kind.validate(prepared)].map(fieldErrorMessage);
}

/** The object as it would be stored. */
export function created<T extends ApiObject>(kind: Kind<T>, object: T): T {
  const filled = kind.defaults(object);
  return kind.prepareForCreate?.(filled) ?? filled;
}

/** What replacing `old` by `object` would be refused for. */
export function updateFindings<T extends ApiObject>(kind: Kind<T>, object: T, old: T): readonly string[] {
  const before = created(kind, old);
  const filled = kind.defaults(object);
  const after = kind.prepareForUpdate?.(filled, before) ?? filled;
  return [...kind.validate(after), ...kind.validateUpdate(after, before)].map(fieldErrorMessage);
}

/** A row by the names of its columns. */
export function rowOf<T extends ApiObject>(kind: Kind<T>, object: T, nowMs: number): Readonly<Record<string, unknown>> {
  const cells = kind.row(object, nowMs);
  return Object.fromEntries(kind.columns.map((column, i) => [column.name, cells[i]]));
}
