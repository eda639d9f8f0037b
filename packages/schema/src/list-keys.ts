import { isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import type { FieldType, TypeTable } from './type-table.ts';
import { structOf } from './typed-path.ts';

/**
 * The values that tell the items of an associative list apart, in the order of its keys; a key that the item leaves out
 * has its default (`protocol` is TCP). Undefined where the list is not associative, or the item lacks a key.
 */
export function listItemKey(table: TypeTable, field: FieldType, item: JsonValue): JsonObject | undefined {
  if (field.listType !== 'map' || !field.listMapKeys || field.type.kind !== 'list' || !isJsonObject(item)) {
    return undefined;
  }
  const fields = structOf(table, field.type.of)?.fields;
  const key: Record<string, JsonValue> = {};
  let named = false;
  for (const name of field.listMapKeys) {
    const value = item[name] ?? fields?.get(name)?.default;
    if (value === undefined) continue;
    key[name] = value;
    named ||= item[name] !== undefined;
  }
  return named ? key : undefined;
}

/** How a list merges: as the schema says, and as a whole where it says nothing. */
export function listKindOf(field: FieldType): 'atomic' | 'set' | 'map' {
  return field.listType ?? 'atomic';
}
