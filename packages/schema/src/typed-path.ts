import type { JsonPath } from './json/json-path.ts';
import type { FieldType, TypeData, TypeExpr, TypeTable } from './type-table.ts';

export interface TypedPlace {
  readonly type: TypeExpr;
  /** The field that the place is, or is within: an item of `spec.containers` has the field `containers`. */
  readonly field: FieldType | undefined;
}

/** What stands at a path of a type: undefined where the type has no such field, or is not looked into there. */
export function placeAt(table: TypeTable, typeId: string, path: JsonPath): TypedPlace | undefined {
  let place: TypedPlace = { type: { kind: 'named', typeId }, field: undefined };
  for (const step of path) {
    const next = stepInto(table, place, step);
    if (!next) return undefined;
    place = next;
  }
  return place;
}

/** The field at a path, e.g. ['spec', 'containers'] of a Pod. Indices and map keys may be among the steps. */
export function fieldAt(table: TypeTable, typeId: string, path: JsonPath): FieldType | undefined {
  return placeAt(table, typeId, path)?.field;
}

function stepInto(table: TypeTable, place: TypedPlace, step: string | number): TypedPlace | undefined {
  const { type } = place;
  if (type.kind === 'list') return typeof step === 'number' ? { type: type.of, field: place.field } : undefined;
  if (type.kind === 'map') return { type: type.of, field: place.field };
  const field = type.kind === 'named' ? table.type(type.typeId)?.fields.get(String(step)) : undefined;
  return field && { type: field.type, field };
}

/** The struct that a type names; undefined for scalars, lists, maps, and types that are not looked into. */
export function structOf(table: TypeTable, type: TypeExpr): TypeData | undefined {
  const data = type.kind === 'named' ? table.type(type.typeId) : undefined;
  return data?.is === undefined ? data : undefined;
}
