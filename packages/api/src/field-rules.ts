import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  nonNegativeMessage,
  type TextRule,
} from '@trireme/api-machinery';

/** Findings as they are found: validation reads as a list of rules, and a caller takes them all at once. */
export type Findings = Iterable<FieldError>;

/** Every message of a rule on a text, as invalid values of that field. */
export function* mustFit(rule: TextRule, path: FieldPath, value: string): Findings {
  for (const message of rule(value)) yield fieldErrors.invalid(path, value, message);
}

export function* mustFitIfSet(rule: TextRule, path: FieldPath, value: string | undefined): Findings {
  if (value) yield* mustFit(rule, path, value);
}

/** A required field, and then a rule on it. */
export function* mustBeSetAndFit(rule: TextRule, path: FieldPath, value: string | undefined): Findings {
  if (value) yield* mustFit(rule, path, value);
  else yield fieldErrors.required(path);
}

export function* mustBeSet(path: FieldPath, value: unknown, detail = ''): Findings {
  if (value === undefined || value === null || value === '') yield fieldErrors.required(path, detail);
}

/** A value of a closed set, where empty is not among them. */
export function* mustBeOneOf(path: FieldPath, value: string | undefined, supported: readonly string[]): Findings {
  if (!value) yield fieldErrors.required(path);
  else yield* mustBeOneOfIfSet(path, value, supported);
}

export function* mustBeOneOfIfSet(path: FieldPath, value: string | undefined, supported: readonly string[]): Findings {
  if (value !== undefined && !supported.includes(value)) yield fieldErrors.notSupported(path, value, supported);
}

export function rangeMessage(min: number, max: number): string {
  return `must be between ${min} and ${max}, inclusive`;
}

export function* mustBeBetween(path: FieldPath, value: number | undefined, min: number, max: number): Findings {
  if (value !== undefined && (value < min || value > max)) {
    yield fieldErrors.invalid(path, value, rangeMessage(min, max));
  }
}

export const maxInt32 = 2 ** 31 - 1;

export function* mustNotBeNegative(path: FieldPath, value: number | undefined): Findings {
  if (value !== undefined && value < 0) yield fieldErrors.invalid(path, value, nonNegativeMessage);
}

/** User and group ids. */
export function* mustBeId(path: FieldPath, value: number | undefined): Findings {
  yield* mustBeBetween(path, value, 0, maxInt32);
}

/** The ways a path could leave the folder it is meant for. */
export function* mustNotStepBack(path: FieldPath, target: string): Findings {
  if (target.split('/').includes('..')) yield fieldErrors.invalid(path, target, "must not contain '..'");
}

export function* mustDescend(path: FieldPath, target: string): Findings {
  if (target.startsWith('/')) yield fieldErrors.invalid(path, target, 'must be a relative path');
  yield* mustNotStepBack(path, target);
}

/** As `mustDescend`; names that begin with '..' are kept for the atomic writer of volumes. */
export function* mustDescendUnreserved(path: FieldPath, target: string): Findings {
  yield* mustDescend(path, target);
  if (target.startsWith('..') && !target.startsWith('../')) {
    yield fieldErrors.invalid(path, target, "must not start with '..'");
  }
}

/** A port by number or by the name of a container's port. */
export function* mustBePort(
  path: FieldPath,
  port: number | string | undefined,
  rules: { readonly number: (port: number) => readonly string[]; readonly name: TextRule },
): Findings {
  const messages = typeof port === 'string' ? rules.name(port) : rules.number(port ?? 0);
  for (const message of messages) yield fieldErrors.invalid(path, port ?? 0, message);
}
