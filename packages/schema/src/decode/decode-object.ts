import { isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import type { JsonPath } from '../json/json-path.ts';
import { quoteGo } from '../json/quote.ts';
import type { GroupVersionKind } from '../object.ts';
import type { TypeTable } from '../type-table.ts';
import { placeAt } from '../typed-path.ts';
import { checkersOf } from './checkers.ts';
import { DecodeContext } from './decode-context.ts';
import { DecodeError } from './decode-error.ts';

export interface DecodeOptions {
  /** What `parseJson` found. As upstream, those within unknown fields and raw JSON are passed over. */
  readonly duplicates?: readonly JsonPath[];
  /** Brings a quantity into its canonical form. Without it the text stays, once it is known to be a quantity. */
  readonly canonicalQuantity?: (text: string) => string;
}

export interface Decoded {
  /** The value in canonical form, without unknown fields and nulls. The input itself where nothing had to change. */
  readonly value: JsonObject;
  /** 'unknown field "spec.foo"': errors under fieldValidation=Strict, warnings under Warn, nothing under Ignore. */
  readonly strictErrors: readonly string[];
}

/**
 * Checks a parsed JSON value against a type, as decoding it into upstream's Go type would. Throws `DecodeError` where it
 * does not fit. Takes tens of microseconds for a pod; what is unchanged is shared with the input, not copied.
 */
export function decodeObject(table: TypeTable, typeId: string, value: JsonValue, options: DecodeOptions = {}): Decoded {
  const context = new DecodeContext(options.canonicalQuantity);
  if (value === null) return { value: {}, strictErrors: [] };
  const checked = checkersOf(table).ofType(typeId)(value, context) as JsonObject;
  for (const path of options.duplicates ?? []) {
    if (placeAt(table, typeId, path)) context.report('duplicate', path);
  }
  return { value: checked, strictErrors: context.strictErrors };
}

/** 'strict decoding error: unknown field "spec.foo", duplicate field "spec.bar"'. */
export function strictDecodingMessage(strictErrors: readonly string[]): string {
  return `strict decoding error: ${strictErrors.join(', ')}`;
}

/** The 400 message for a body that says its kind but cannot be decoded (or not strictly). */
export function cannotBeHandled(gvk: GroupVersionKind, expectedKind: string, reason: string): string {
  return `${gvk.kind} in version ${quoteGo(gvk.version)} cannot be handled as a ${expectedKind}: ${reason}`;
}

/** The 400 message for a body whose kind could not be found out. `body` is shown in part, as hex where it is not JSON. */
export function unrecognizedObject(expectedKind: string, reason: string, body: Uint8Array): string {
  return `the object provided is unrecognized (must be of type ${expectedKind}): ${reason} (${summarize(body)})`;
}

function summarize(body: Uint8Array): string {
  const limit = 30;
  if (body.length === 0) return '<empty>';
  const head = body.subarray(0, limit);
  const text =
    body[0] === 123
      ? [...head].map((byte) => String.fromCharCode(byte)).join('')
      : [...head].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return body.length > limit ? `${text} ...` : text;
}

/**
 * Reads `apiVersion` and `kind`, '' where absent. Throws `DecodeError` as upstream does where they are not strings or the
 * body is not an object.
 */
export function readTypeMeta(value: JsonValue): { readonly apiVersion: string; readonly kind: string } {
  const context = new DecodeContext();
  const fail = (check: () => never): never => {
    try {
      return check();
    } catch (error) {
      throw new DecodeError(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
    }
  };
  if (value === null) return { apiVersion: '', kind: '' };
  if (!isJsonObject(value)) {
    const struct =
      'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
    return fail(() => context.mismatch(value, struct));
  }
  const read = (name: 'apiVersion' | 'kind'): string => {
    const item = value[name];
    if (typeof item === 'string') return item;
    if (item === undefined || item === null) return '';
    context.push(name, ' ');
    return fail(() => context.mismatch(item, 'string'));
  };
  return { apiVersion: read('apiVersion'), kind: read('kind') };
}
