import type { Kind } from '@trireme/api';
import {
  applyConfiguration,
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  type PatchSchema,
  patchSchema,
  statusErrors,
} from '@trireme/api-machinery';
import { isJsonObject, type JsonObject, type JsonValue, messageOf } from '@trireme/base';
import { type ApiObject, JsonSyntaxError, parseJson, type TypeTable } from '@trireme/schema';
import { parseYaml } from '@trireme/schema/yaml';
import { trackingOf } from '../registry/field-tracker.ts';
import { bodyOf, contentTypeOf, type DecodeTarget, decodeValue, fieldValidationOf } from '../request/body.ts';
import type { RequestContext } from '../request/context.ts';

/** What a PATCH does to an object, once its body is read. */
export interface ReadPatch {
  /** True for server-side apply, which also decides who owns which field. */
  readonly isApply: boolean;
  change(current: ApiObject): ApiObject;
  /** The object that an apply creates where there is none. */
  fresh?(): ApiObject;
}

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+cbor',
];

export interface PatchTarget {
  readonly kind: Kind;
  readonly typeId: string;
  readonly types: TypeTable;
  readonly subresource: string;
  readonly nowMs: number;
}

/** Reads the body of a PATCH by its content type. */
export async function readPatch(context: RequestContext, target: PatchTarget): Promise<ReadPatch> {
  const type = contentTypeOf(context.request);
  if (!patchTypes.includes(type) || type.endsWith('cbor')) {
    throw statusErrors.unsupportedMediaType(patchTypes.slice(0, 4));
  }
  const bytes = await bodyOf(context.request);
  if (type === 'application/apply-patch+yaml') return readApply(context, target, bytes);
  if (context.query.has('force')) {
    throw statusErrors.badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    );
  }
  const patch = parse(() => parseJson(bytes).value);
  const apply = applierOf(type, patch, target);
  const decoding = decodingOf(context, target);
  return {
    isApply: false,
    change: (current) => {
      const patched = apply(current as unknown as JsonObject);
      return decodeValue(patched, decoding) as unknown as ApiObject;
    },
  };
}

function decodingOf(context: RequestContext, { kind, typeId, types }: PatchTarget): DecodeTarget {
  const validation = fieldValidationOf(context.query);
  return { types, typeId, gvk: kind.ref, validation, warnings: context.warnings };
}

function applierOf(
  type: string,
  patch: JsonValue,
  { types, typeId }: PatchTarget,
): (document: JsonObject) => JsonValue {
  if (type === 'application/json-patch+json') return (document) => applyJsonPatch(document, patch);
  if (type === 'application/merge-patch+json') return (document) => applyMergePatch(document, patch);
  const schema = strategicSchema(types, typeId);
  return (document) => applyStrategicMergePatch(document, patch, schema);
}

const schemas = new WeakMap<TypeTable, Map<string, PatchSchema>>();

function strategicSchema(types: TypeTable, typeId: string): PatchSchema {
  const known = schemas.get(types) ?? new Map<string, PatchSchema>();
  schemas.set(types, known);
  const schema = known.get(typeId) ?? patchSchema(types, typeId);
  known.set(typeId, schema);
  return schema;
}

function readApply(context: RequestContext, target: PatchTarget, bytes: Uint8Array): ReadPatch {
  const { query } = context;
  const manager = query.get('fieldManager') ?? '';
  if (manager === '') {
    throw statusErrors.badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  const parsed = parse(() => parseYaml(bytes).value);
  if (!isJsonObject(parsed))
    throw statusErrors.badRequest('error decoding YAML: the apply configuration is not an object');
  const config = decodeValue(parsed, decodingOf(context, target)) as unknown as ApiObject;
  const { types, kind, subresource, nowMs } = target;
  const tracking = { ...trackingOf(types, kind, subresource, nowMs), manager, force: query.get('force') === 'true' };
  const apply = (live: ApiObject | undefined): ApiObject => applyConfiguration(live, config, tracking);
  return { isApply: true, change: apply, fresh: () => apply(undefined) };
}

function parse(read: () => JsonValue): JsonValue {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof Error) throw statusErrors.badRequest(messageOf(error));
    throw error;
  }
}
