import { canonicalQuantity, statusErrors } from '@trireme/api-machinery';
import { type Bytes, isJsonObject, type JsonObject, type JsonValue, messageOf } from '@trireme/base';
import { type HttpRequest, readBody } from '@trireme/ports';
import {
  cannotBeHandled,
  DecodeError,
  decodeObject,
  decodeProtobuf,
  type GroupVersionKind,
  type JsonPath,
  JsonSyntaxError,
  ProtobufError,
  parseGvk,
  parseJson,
  readTypeMeta,
  strictDecodingMessage,
  type TypeTable,
  unrecognizedObject,
} from '@trireme/schema';
import { parseYaml, YamlSyntaxError } from '@trireme/schema/yaml';
import type { MediaForm } from './negotiate.ts';

export const bodyLimitBytes = 3 * 1024 * 1024;

/** The body, whole. Throws 413 beyond the limit. */
export async function bodyOf(request: HttpRequest): Promise<Bytes> {
  const declared = Number(request.headers['content-length'] ?? 0);
  const bytes = declared > bodyLimitBytes ? undefined : await readBody(request.body, bodyLimitBytes);
  if (!bytes) throw statusErrors.requestEntityTooLarge(`limit is ${bodyLimitBytes}`);
  return bytes;
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const asked = query.get('fieldValidation') || 'Warn';
  if (asked === 'Strict' || asked === 'Warn' || asked === 'Ignore') return asked;
  throw statusErrors.badRequest(`invalid fieldValidation: ${asked}`);
}

export interface DecodeTarget {
  readonly types: TypeTable;
  readonly typeId: string;
  readonly gvk: GroupVersionKind;
  readonly validation: FieldValidation;
  readonly warnings: string[];
  /** The kind belongs to every group and version. */
  readonly anyVersion?: boolean | undefined;
}

const formOfContentType: Readonly<Record<string, MediaForm>> = {
  '': 'json',
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
};

export function contentTypeOf(request: HttpRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Reads an object of the kind that the path serves; its apiVersion and kind may be left out. */
export async function decodeBody(request: HttpRequest, target: DecodeTarget): Promise<JsonObject> {
  const form = formOfContentType[contentTypeOf(request)];
  if (!form) {
    throw statusErrors.unsupportedMediaType([
      'application/json',
      'application/yaml',
      'application/vnd.kubernetes.protobuf',
    ]);
  }
  return decodeBytes(await bodyOf(request), form, target);
}

export function decodeBytes(bytes: Bytes, form: MediaForm, target: DecodeTarget): JsonObject {
  if (form === 'protobuf') return decodeProtobufBody(bytes, target);
  const parsed = parseText(bytes, form, target);
  return decodeValue(parsed.value, target, parsed.duplicates, bytes);
}

/** Checks a JSON value against the target's type, and fills in apiVersion and kind. */
export function decodeValue(
  value: JsonValue,
  target: DecodeTarget,
  duplicates: readonly JsonPath[] = [],
  bytes?: Bytes,
): JsonObject {
  const { gvk, types, typeId } = target;
  const said = meta(value, target, bytes);
  if (said.apiVersion !== '' || said.kind !== '') checkSaid(said, target);
  try {
    const decoded = decodeObject(types, typeId, value, { duplicates, canonicalQuantity });
    reportStrict(decoded.strictErrors, target);
    return withTypeMeta(decoded.value, gvk);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw statusErrors.badRequest(cannotBeHandled(gvk, gvk.kind, messageOf(error)));
  }
}

function parseText(
  bytes: Bytes,
  form: MediaForm,
  target: DecodeTarget,
): { readonly value: JsonValue; readonly duplicates: readonly JsonPath[] } {
  const findDuplicates = target.validation !== 'Ignore';
  try {
    return form === 'yaml' ? parseYaml(bytes) : parseJson(bytes, { findDuplicates });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError) && !(error instanceof DecodeError) && !(error instanceof YamlSyntaxError))
      throw error;
    const reason =
      form === 'yaml' ? messageOf(error) : `couldn't get version/kind; json parse error: ${messageOf(error)}`;
    throw statusErrors.badRequest(unrecognizedObject(target.gvk.kind, reason, bytes));
  }
}

function meta(value: JsonValue, target: DecodeTarget, bytes: Bytes | undefined): { apiVersion: string; kind: string } {
  try {
    return readTypeMeta(value);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const shown = bytes ?? new Uint8Array(0);
    throw statusErrors.badRequest(unrecognizedObject(target.gvk.kind, messageOf(error), shown));
  }
}

function checkSaid(
  said: { readonly apiVersion: string; readonly kind: string },
  { gvk, anyVersion = false }: DecodeTarget,
): void {
  const expected = gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`;
  if (said.kind !== '' && said.kind !== gvk.kind) {
    const found = parseGvk(said.apiVersion, said.kind) ?? { ...gvk, kind: said.kind };
    throw statusErrors.badRequest(
      `${said.kind} in version "${found.version || gvk.version}" cannot be handled as a ${gvk.kind}: no kind "${said.kind}" is registered for version "${expected}"`,
    );
  }
  if (said.apiVersion !== '' && said.apiVersion !== expected && !anyVersion) {
    throw statusErrors.badRequest(
      `the API version in the data (${said.apiVersion}) does not match the expected API version (${expected})`,
    );
  }
}

function decodeProtobufBody(bytes: Bytes, target: DecodeTarget): JsonObject {
  try {
    const decoded = decodeProtobuf(target.types, bytes, target.typeId);
    return decodeValue(decoded.value, { ...target, validation: 'Ignore' });
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw statusErrors.badRequest(unrecognizedObject(target.gvk.kind, messageOf(error), bytes));
  }
}

function reportStrict(errors: readonly string[], target: DecodeTarget): void {
  if (errors.length === 0 || target.validation === 'Ignore') return;
  if (target.validation === 'Warn') {
    target.warnings.push(...errors);
    return;
  }
  const { gvk } = target;
  throw statusErrors.badRequest(cannotBeHandled(gvk, gvk.kind, strictDecodingMessage(errors)));
}

export function withTypeMeta(value: JsonObject, gvk: GroupVersionKind): JsonObject {
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = value;
  const metadata = isJsonObject(value.metadata) ? value.metadata : {};
  return {
    kind: gvk.kind,
    apiVersion: gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`,
    ...rest,
    metadata,
  };
}
