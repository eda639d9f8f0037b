import { toBase64 } from '@trireme/base';
import fc from 'fast-check';
import type { FieldType, TypeExpr, TypeTable } from '../src/type-table.ts';

const apiextensions = 'apiextensions-apiserver.pkg.apis.apiextensions.v1';
/** Types nest themselves; below this depth only scalars are made. */
const maxDepth = 7;

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 8 }),
  fc.constantFrom('naïve', '日本', '__proto__', 'a'.repeat(200)),
);
const time = fc.integer({ min: 0, max: 4_000_000_000 }).map((s) => `${new Date(s * 1000).toISOString().slice(0, 19)}Z`);
const microTime = fc.tuple(time, fc.integer({ min: 0, max: 999_999 })).map(([whole, micros]) => {
  return whole.replace('Z', `.${String(micros).padStart(6, '0')}Z`);
});
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const rawObject = fc.dictionary(fc.constantFrom('f:a', 'b', 'c'), fc.oneof(fc.integer(), fc.string()), { maxKeys: 2 });

/** Values of a type as they come back from protobuf: canonical, and without what it cannot say (empty lists, zeros). */
export function arbitraryValue(table: TypeTable, typeId: string): fc.Arbitrary<unknown> {
  return named(table, typeId, 0, true);
}

function named(table: TypeTable, typeId: string, depth: number, isRoot = false): fc.Arbitrary<unknown> {
  const type = table.type(typeId);
  switch (type?.is) {
    case 'string':
      return fc.constantFrom('100m', '1Gi', '0', '1500');
    case 'string:date-time':
      return typeId.endsWith('MicroTime') ? microTime : time;
    case 'string:int-or-string':
      return fc.oneof(int32, fc.constantFrom('25%', 'http'));
    case 'object':
      return /\.(RawExtension|FieldsV1)$/.test(typeId) ? rawObject : fc.constant({});
    case 'any':
      return schemaPart(table, typeId, depth);
    case undefined: {
      const fields = [...(type?.fields.values() ?? [])].filter(
        (field) => !isHeader(field) && (depth < maxDepth || isShallow(table, field.type) || field.required),
      );
      const entries = fields.map((field) => [field.name, fieldValue(table, field, depth + 1)] as const);
      const required = fields.filter((field) => field.required && field.type.kind === 'list').map(({ name }) => name);
      const value = fc.record(Object.fromEntries(entries), { requiredKeys: required, noNullPrototype: true });
      const gvk = isRoot ? type?.gvk : undefined;
      if (!gvk) return value;
      const apiVersion = gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`;
      return value.map((object) => ({ apiVersion, kind: gvk.kind, ...object }));
    }
  }
}

/** In protobuf these travel in the envelope, and not at all in nested objects. */
function isHeader(field: FieldType): boolean {
  return field.name === 'kind' || field.name === 'apiVersion' ? field.proto === undefined : false;
}

function isShallow(table: TypeTable, type: TypeExpr): boolean {
  return type.kind === 'scalar' || (type.kind === 'named' && !['any', undefined].includes(table.type(type.typeId)?.is));
}

function fieldValue(table: TypeTable, field: FieldType, depth: number): fc.Arbitrary<unknown> {
  const value = ofExpr(table, field.type, depth);
  if (field.type.kind !== 'scalar' || field.pointer || field.writesZero) return value;
  return value.filter((item) => item !== 0 && item !== false && item !== '');
}

function ofExpr(table: TypeTable, type: TypeExpr, depth: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'list':
      return fc.array(ofExpr(table, type.of, depth), { minLength: 1, maxLength: 2 });
    case 'map':
      return fc.dictionary(text, ofExpr(table, type.of, depth), { minKeys: 1, maxKeys: 2, noNullPrototype: true });
    case 'named':
      return named(table, type.typeId, depth);
    case 'scalar':
      return scalar(type.scalar);
  }
}

function scalar(name: string): fc.Arbitrary<unknown> {
  switch (name) {
    case 'boolean':
      return fc.boolean();
    case 'int32':
      return int32;
    case 'int64':
      return fc.maxSafeInteger();
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
    case 'string:byte':
      return fc.uint8Array({ minLength: 1, maxLength: 5 }).map(toBase64);
    default:
      return text;
  }
}

function schemaPart(table: TypeTable, typeId: string, depth: number): fc.Arbitrary<unknown> {
  const schema = depth < maxDepth ? named(table, `${apiextensions}.JSONSchemaProps`, depth + 3) : fc.constant({});
  switch (typeId.slice(apiextensions.length + 1)) {
    case 'JSONSchemaPropsOrBool':
      return fc.oneof(fc.boolean(), schema);
    case 'JSONSchemaPropsOrArray':
      return fc.oneof(fc.array(schema, { minLength: 1, maxLength: 2 }), schema);
    case 'JSONSchemaPropsOrStringArray':
      return fc.oneof(fc.array(text, { minLength: 1, maxLength: 2 }), schema);
    default:
      return fc.oneof(fc.integer(), fc.string(), fc.boolean(), rawObject);
  }
}
