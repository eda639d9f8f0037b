import type { FieldType, TypeExpr, TypeTable } from '@trireme/schema';

/** How a place in an object is owned: whole, by its fields, or by its elements. */
export type Shape =
  /** One value: a scalar, or a list or map that is owned as a whole. */
  | { readonly kind: 'leaf' }
  /** No schema: objects are owned by their fields, all else as a whole. */
  | { readonly kind: 'untyped' }
  | { readonly kind: 'struct'; field(name: string): Shape | undefined }
  | { readonly kind: 'map'; readonly element: Shape }
  | { readonly kind: 'set'; readonly element: Shape }
  | { readonly kind: 'list'; readonly keys: readonly string[]; readonly element: Shape };

const leaf: Shape = { kind: 'leaf' };
const untyped: Shape = { kind: 'untyped' };

export const untypedShape: Shape = untyped;

type Build = (type: TypeExpr, field: FieldType | undefined) => Shape;

function createBuild(table: TypeTable): Build {
  const structs = new Map<string, Shape>();

  const named = (typeId: string): Shape => {
    const known = structs.get(typeId);
    if (known) return known;
    const type = table.type(typeId);
    if (!type || type.is === 'any' || type.is === 'object') return untyped;
    if (type.is !== undefined || type.mapType === 'atomic') return leaf;
    const fields = new Map<string, Shape>();
    const shape: Shape = {
      kind: 'struct',
      field(name) {
        const built = fields.get(name);
        if (built) return built;
        const field = type.fields.get(name);
        if (!field) return undefined;
        const next = build(field.type, field);
        fields.set(name, next);
        return next;
      },
    };
    structs.set(typeId, shape);
    return shape;
  };

  const list = (of: TypeExpr, field: FieldType | undefined): Shape => {
    if (field?.listType === 'set') return { kind: 'set', element: build(of, undefined) };
    if (field?.listType !== 'map') return leaf;
    return { kind: 'list', keys: field.listMapKeys ?? [], element: build(of, undefined) };
  };

  const build: Build = (type, field) => {
    if (type.kind === 'scalar') return leaf;
    if (type.kind === 'list') return list(type.of, field);
    if (field?.mapType === 'atomic') return leaf;
    return type.kind === 'map' ? { kind: 'map', element: build(type.of, undefined) } : named(type.typeId);
  };
  return build;
}

/** Makes shapes of the types of a table, each once. */
export function createShapes(table: TypeTable): (typeId: string) => Shape {
  const build = createBuild(table);
  return (typeId) => build({ kind: 'named', typeId }, undefined);
}

/** The shape below a path element; what the schema does not know is untyped. */
export function shapeBelow(shape: Shape, element: string): Shape {
  if (element.startsWith('f:')) {
    if (shape.kind === 'struct') return shape.field(element.slice(2)) ?? untyped;
    return shape.kind === 'map' ? shape.element : untyped;
  }
  return shape.kind === 'list' || shape.kind === 'set' ? shape.element : untyped;
}

/** True where the element is a field that the schema declares; keys of maps are none. */
export function isDeclaredField(shape: Shape, element: string): boolean {
  return shape.kind === 'struct' && element.startsWith('f:') && shape.field(element.slice(2)) !== undefined;
}
