import { configMapKeyErrors, type FieldError, fieldErrors, fieldPath, semanticEqual } from '@trireme/api-machinery';
import type { ApiObject } from '@trireme/schema';
import type { Findings } from '../field-rules.ts';

/** What ConfigMaps and Secrets share: keys with contents, 1 MiB of them at most, which may be sealed. */
export const maxContentBytes = 1024 * 1024;

type Contents = { readonly [key: string]: string } | undefined;

/** The bytes behind a base64 text. */
export function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.floor((base64.length * 3) / 4) - padding;
}

export function* validateKeys(contents: Contents, name: string): Findings {
  for (const key of Object.keys(contents ?? {})) {
    for (const message of configMapKeyErrors(key)) yield fieldErrors.invalid(fieldPath(name).key(key), key, message);
  }
}

interface Sealable extends ApiObject {
  readonly immutable?: boolean | undefined;
}

/** Sealed contents neither change nor become open again. */
export function validateSeal<T extends Sealable>(
  object: T,
  old: T,
  names: readonly (keyof T & string)[],
): readonly FieldError[] {
  if (!old.immutable) return [];
  const message = 'field is immutable when `immutable` is set';
  const opened = object.immutable ? [] : [fieldErrors.forbidden('immutable', message)];
  const changed = names.filter((name) => !semanticEqual(object[name], old[name]));
  return [...opened, ...changed.map((name) => fieldErrors.forbidden(name, message))];
}
