import type { FieldType, Scalar, TypeExpr } from '../type-table.ts';

const scalarNames: Readonly<Record<Scalar, string>> = {
  string: 'string',
  'string:byte': '[]uint8',
  int32: 'int32',
  int64: 'int64',
  number: 'float64',
  boolean: 'bool',
};

/** 'api.core.v1.Pod' -> 'v1.Pod', as Go's reflection prints it. */
export function goTypeName(type: TypeExpr): string {
  switch (type.kind) {
    case 'scalar':
      return scalarNames[type.scalar];
    case 'list':
      return `[]${goTypeName(type.of)}`;
    case 'map':
      return `map[string]${goTypeName(type.of)}`;
    case 'named':
      return type.typeId.split('.').slice(-2).join('.');
  }
}

export function goTypeNameOfField(field: FieldType): string {
  return field.goType ?? goTypeName(field.type);
}

/** The element's type within a list or map type that Go gave a name of its own. */
export function goElementName(listName: string, element: TypeExpr): string {
  if (listName.startsWith('[]')) return listName.slice(2);
  if (listName.startsWith('map[string]')) return listName.slice(11);
  return goTypeName(element);
}

/** What Go's decoder calls the value that it did not expect. */
export function goValueKind(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return typeof value;
  if (typeof value === 'boolean') return 'bool';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : 'object';
}
