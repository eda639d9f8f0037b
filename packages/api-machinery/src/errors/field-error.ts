import { goQuote } from './go-quote.ts';

/** One finding of validation. Its type decides the cause's `reason` and how the message reads. */
export interface FieldError {
  readonly type:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueDuplicate'
    | 'FieldValueTooLong'
    | 'FieldValueTooShort'
    | 'FieldValueTooMany'
    | 'FieldValueTooFew'
    | 'FieldValueNotFound'
    | 'FieldValueTypeInvalid'
    | 'InternalError';
  /** 'spec.containers[0].name' */
  readonly field: string;
  /** Printed for the types that show their value; undefined is not shown, null is. */
  readonly badValue?: unknown;
  readonly detail: string;
}

const titles: Readonly<Record<FieldError['type'], string>> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueTooLong: 'Too long',
  FieldValueTooShort: 'Too short',
  FieldValueTooMany: 'Too many',
  FieldValueTooFew: 'Too few',
  FieldValueNotFound: 'Not found',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
};

const withoutValue: ReadonlySet<FieldError['type']> = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'FieldValueTooShort',
  'InternalError',
]);

/** The message without the field, as a Status cause carries it: `Invalid value: "x": must be ...`. */
export function fieldErrorBody(error: FieldError): string {
  let body = titles[error.type];
  if (!withoutValue.has(error.type) && error.badValue !== undefined) {
    const value = error.badValue;
    body += `: ${typeof value === 'string' ? goQuote(value) : JSON.stringify(value)}`;
  }
  return error.detail === '' ? body : `${body}: ${error.detail}`;
}

/** `spec.replicas: Invalid value: -1: must be greater than or equal to 0` */
export function fieldErrorMessage(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

/** One text for many findings, without repeats: the message itself, or several in brackets. Empty text for none. */
export function aggregateFieldErrors(errors: readonly FieldError[]): string {
  const messages = [...new Set(errors.map(fieldErrorMessage))];
  return messages.length > 1 ? `[${messages.join(', ')}]` : (messages[0] ?? '');
}

/** A field's path as text, or a `FieldPath`. */
export type FieldLike = string | { toString(): string };

function count(limit: number, one: string): string {
  return `${limit} ${limit === 1 ? one : `${one}s`}`;
}

/** Constructors of findings; every message reads as upstream's does. */
export const fieldErrors = {
  required: (field: FieldLike, detail = ''): FieldError => ({
    type: 'FieldValueRequired',
    field: String(field),
    detail,
  }),
  invalid: (field: FieldLike, badValue: unknown, detail: string): FieldError => ({
    type: 'FieldValueInvalid',
    field: String(field),
    badValue,
    detail,
  }),
  typeInvalid: (field: FieldLike, badValue: unknown, detail: string): FieldError => ({
    type: 'FieldValueTypeInvalid',
    field: String(field),
    badValue,
    detail,
  }),
  notSupported: (field: FieldLike, badValue: unknown, supported: readonly string[]): FieldError => ({
    type: 'FieldValueNotSupported',
    field: String(field),
    badValue,
    detail: supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`,
  }),
  forbidden: (field: FieldLike, detail: string): FieldError => ({
    type: 'FieldValueForbidden',
    field: String(field),
    detail,
  }),
  duplicate: (field: FieldLike, badValue: unknown): FieldError => ({
    type: 'FieldValueDuplicate',
    field: String(field),
    badValue,
    detail: '',
  }),
  notFound: (field: FieldLike, badValue: unknown): FieldError => ({
    type: 'FieldValueNotFound',
    field: String(field),
    badValue,
    detail: '',
  }),
  tooLong: (field: FieldLike, maxBytes: number): FieldError => ({
    type: 'FieldValueTooLong',
    field: String(field),
    detail: maxBytes < 0 ? 'value is too long' : `may not be more than ${count(maxBytes, 'byte')}`,
  }),
  tooMany: (field: FieldLike, actual: number, max: number): FieldError => ({
    type: 'FieldValueTooMany',
    field: String(field),
    badValue: actual < 0 ? undefined : actual,
    detail: max < 0 ? 'has too many items' : `must have at most ${count(max, 'item')}`,
  }),
  internal: (field: FieldLike, detail: string): FieldError => ({
    type: 'InternalError',
    field: String(field),
    detail,
  }),
} as const;
