import { isJsonObject, type JsonValue } from '@trireme/base';
import type { JsonPath } from './json/json-path.ts';
import type { FieldType, TypeExpr, TypeTable } from './type-table.ts';
import { structOf } from './typed-path.ts';

export interface TypedNode {
  readonly value: JsonValue;
  readonly type: TypeExpr;
  /** The field that the value is, or is an item of; undefined at the root. */
  readonly field: FieldType | undefined;
  /** Valid during the call only; copy it to keep it. */
  readonly path: JsonPath;
}

/** Called for a value before what is within it. Return 'skip' to not go in. */
export type TypedVisitor = (node: TypedNode) => 'skip' | undefined;

/** Walks a value along its type. Unknown fields, values that do not fit their type, and raw JSON are not gone into. */
export function walkTyped(table: TypeTable, typeId: string, value: JsonValue, visit: TypedVisitor): void {
  const path: (string | number)[] = [];
  const walk = (item: JsonValue, type: TypeExpr, field: FieldType | undefined): void => {
    if (visit({ value: item, type, field, path }) === 'skip') return;
    if (type.kind === 'list' && Array.isArray(item)) {
      for (const [index, element] of (item as readonly JsonValue[]).entries()) within(index, element, type.of, field);
    } else if (type.kind === 'map' && isJsonObject(item)) {
      for (const [key, element] of Object.entries(item)) within(key, element, type.of, field);
    } else if (isJsonObject(item)) {
      const fields = structOf(table, type)?.fields;
      for (const [name, element] of Object.entries(item)) {
        const inner = fields?.get(name);
        if (inner) within(name, element, inner.type, inner);
      }
    }
  };
  const within = (
    step: string | number,
    item: JsonValue | undefined,
    type: TypeExpr,
    field: FieldType | undefined,
  ): void => {
    if (item === undefined) return;
    path.push(step);
    walk(item, type, field);
    path.pop();
  };
  walk(value, { kind: 'named', typeId }, undefined);
}
