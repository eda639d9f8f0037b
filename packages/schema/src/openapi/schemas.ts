import type { JsonObject, JsonValue } from '@trireme/base';
import type { FieldType, Opaque, Scalar, TypeData, TypeExpr, TypeTable } from '../type-table.ts';
import { componentName } from './names.ts';

/** The two forms of the documents, which write references, unions and defaults differently. */
export type Dialect = 'v2' | 'v3';

/** The prose of a type, or of one of its fields, where a server has it. */
export type Describe = (typeId: string, field?: string) => string | undefined;

export interface SchemaOptions {
  readonly table: TypeTable;
  readonly dialect: Dialect;
  readonly describe?: Describe | undefined;
}

type Draft = Record<string, JsonValue>;

const scalarSchemas: Readonly<Record<Scalar, JsonObject>> = {
  string: { type: 'string' },
  'string:byte': { type: 'string', format: 'byte' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  number: { type: 'number', format: 'double' },
  boolean: { type: 'boolean' },
};
const scalarZeros: Readonly<Record<Scalar, JsonValue>> = {
  string: '',
  'string:byte': '',
  int32: 0,
  int64: 0,
  number: 0,
  boolean: false,
};
const opaqueSchemas: Readonly<Record<Dialect, Readonly<Record<Opaque, JsonObject>>>> = {
  v2: {
    string: { type: 'string' },
    'string:date-time': { type: 'string', format: 'date-time' },
    'string:int-or-string': { type: 'string', format: 'int-or-string' },
    object: { type: 'object' },
    any: {},
  },
  v3: {
    string: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    'string:date-time': { type: 'string', format: 'date-time' },
    'string:int-or-string': { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
    object: { type: 'object' },
    any: {},
  },
};

/** The schemas of these types and of all that they refer to, by the names that clients know. */
export function componentSchemas(typeIds: Iterable<string>, options: SchemaOptions): Record<string, JsonObject> {
  const schemas: Record<string, JsonObject> = {};
  const waiting = new Set(typeIds);
  for (const typeId of waiting) {
    const type = options.table.type(typeId);
    if (!type) continue;
    schemas[componentName(typeId)] = typeSchema(type, options);
    for (const field of type.fields.values()) {
      const named = innermost(field.type);
      if (named !== undefined) waiting.add(named);
    }
  }
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function innermost(type: TypeExpr): string | undefined {
  if (type.kind === 'named') return type.typeId;
  return type.kind === 'scalar' ? undefined : innermost(type.of);
}

function typeSchema(type: TypeData, options: SchemaOptions): JsonObject {
  const schema: Draft = {};
  const description = options.describe?.(type.id);
  if (description !== undefined) schema.description = description;
  if (type.is) Object.assign(schema, opaqueSchemas[options.dialect][type.is]);
  else {
    schema.type = 'object';
    const fields = [...type.fields.values()];
    const required = fields.filter((field) => field.required).map((field) => field.name);
    if (required.length > 0) schema.required = required.sort();
    if (fields.length > 0) {
      schema.properties = Object.fromEntries(fields.map((field) => [field.name, fieldSchema(type, field, options)]));
    }
  }
  if (type.gvk) schema['x-kubernetes-group-version-kind'] = [{ ...type.gvk }];
  if (type.mapType) schema['x-kubernetes-map-type'] = type.mapType;
  return schema;
}

function fieldSchema(owner: TypeData, field: FieldType, options: SchemaOptions): JsonObject {
  const description = options.describe?.(owner.id, field.name);
  const schema: Draft = description === undefined ? {} : { description };
  const hasZero = !field.pointer && (field.type.kind === 'named' || field.required);
  Object.assign(schema, exprSchema(field.type, options, hasZero, description !== undefined));
  if (field.default !== undefined) schema.default = field.default;
  if (field.enum) schema.enum = [...field.enum];
  if (field.listType) schema['x-kubernetes-list-type'] = field.listType;
  if (field.listMapKeys) schema['x-kubernetes-list-map-keys'] = [...field.listMapKeys];
  if (field.mapType) schema['x-kubernetes-map-type'] = field.mapType;
  if (field.patchStrategy.length > 0) schema['x-kubernetes-patch-strategy'] = field.patchStrategy.join(',');
  if (field.patchMergeKey !== undefined) schema['x-kubernetes-patch-merge-key'] = field.patchMergeKey;
  return schema;
}

/** `hasZero`: upstream's value is never absent, which version 3 of the documents says with a default. */
function exprSchema(type: TypeExpr, options: SchemaOptions, hasZero: boolean, hasSiblings: boolean): JsonObject {
  const withDefaults = hasZero && options.dialect === 'v3';
  switch (type.kind) {
    case 'scalar':
      return withDefaults
        ? { ...scalarSchemas[type.scalar], default: scalarZeros[type.scalar] }
        : scalarSchemas[type.scalar];
    case 'list':
      return { type: 'array', items: exprSchema(type.of, options, true, false) };
    case 'map':
      return { type: 'object', additionalProperties: exprSchema(type.of, options, true, false) };
    case 'named':
      return refSchema(type.typeId, options, withDefaults, hasSiblings);
  }
}

/** In version 3 nothing may stand beside a `$ref`, so what has to is put around it. */
function refSchema(typeId: string, options: SchemaOptions, withDefault: boolean, hasSiblings: boolean): JsonObject {
  const ref = schemaRef(typeId, options.dialect);
  const isStruct = options.table.type(typeId)?.is === undefined;
  if (withDefault && isStruct) return { allOf: [ref], default: {} };
  return options.dialect === 'v3' && hasSiblings ? { allOf: [ref] } : ref;
}

export function schemaRef(typeId: string, dialect: Dialect): JsonObject {
  const prefix = dialect === 'v2' ? '#/definitions/' : '#/components/schemas/';
  return { $ref: prefix + componentName(typeId) };
}
