import type { TypeExpr, TypeTable } from '@trireme/schema';

/** What strategic merge knows of a place in a document. */
export interface PatchSchema {
  /** The schema of a field, or of a map's value; unknown ones merge as plain JSON. */
  field(name: string): FieldSchema;
  /** The schema of a list's elements. */
  readonly element: PatchSchema;
}

export interface FieldSchema {
  readonly schema: PatchSchema;
  readonly strategy: 'merge' | 'replace' | 'default';
  readonly mergeKey: string | undefined;
}

const unknownField: FieldSchema = {
  get schema() {
    return unknownPatchSchema;
  },
  strategy: 'default',
  mergeKey: undefined,
};

/** A type that the table does not know: maps merge, lists replace. */
export const unknownPatchSchema: PatchSchema = {
  field: () => unknownField,
  get element() {
    return unknownPatchSchema;
  },
};

function strategyOf(strategies: readonly string[]): FieldSchema['strategy'] {
  if (strategies.includes('replace')) return 'replace';
  return strategies.includes('merge') ? 'merge' : 'default';
}

function schemaOf(table: TypeTable, type: TypeExpr): PatchSchema {
  return {
    field(name) {
      if (type.kind === 'map') return { ...unknownField, schema: schemaOf(table, type.of) };
      const field = type.kind === 'named' ? table.type(type.typeId)?.fields.get(name) : undefined;
      if (!field) return unknownField;
      return {
        schema: schemaOf(table, field.type),
        strategy: strategyOf(field.patchStrategy),
        mergeKey: field.patchMergeKey,
      };
    },
    get element() {
      return type.kind === 'list' ? schemaOf(table, type.of) : unknownPatchSchema;
    },
  };
}

/** The merge rules of a type: 'api.apps.v1.Deployment'. A type that is not in the table merges as plain JSON. */
export function patchSchema(table: TypeTable, typeId: string): PatchSchema {
  return schemaOf(table, { kind: 'named', typeId });
}
