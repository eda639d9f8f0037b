import { invariant } from '@trireme/base';
import data from './generated/api.json' with { type: 'json' };
import type { GroupVersionKind } from './object.ts';

/** The type of a field: a scalar, a list, a map with string keys, or a named type. */
export type TypeExpr =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'list'; readonly of: TypeExpr }
  | { readonly kind: 'map'; readonly of: TypeExpr }
  | { readonly kind: 'named'; readonly typeId: string };

/** 'string:byte' is base64 in JSON; 'number' is a double. */
export type Scalar = 'string' | 'string:byte' | 'int32' | 'int64' | 'number' | 'boolean';

/** What a type without fields is in JSON. 'object' and 'any' are not looked into. */
export type Opaque = 'string' | 'string:date-time' | 'string:int-or-string' | 'object' | 'any';

export interface FieldType {
  readonly name: string;
  readonly type: TypeExpr;
  readonly required: boolean;
  readonly enum?: readonly string[] | undefined;
  readonly listType?: 'atomic' | 'set' | 'map' | undefined;
  readonly listMapKeys?: readonly string[] | undefined;
  readonly mapType?: 'atomic' | 'granular' | undefined;
  /** Strategic merge: 'merge', 'replace', 'retainKeys', in any combination; empty: the default for its type. */
  readonly patchStrategy: readonly string[];
  readonly patchMergeKey?: string | undefined;
  /** Protobuf field number and wire type; absent where JSON inlines what protobuf nests (see `protoEmbedded`). */
  readonly proto?: number | undefined;
  readonly wire?: string | undefined;
}

export interface TypeData {
  readonly id: string;
  /** Set where the type has no fields. */
  readonly is?: Opaque | undefined;
  readonly fields: ReadonlyMap<string, FieldType>;
  readonly mapType?: 'atomic' | 'granular' | undefined;
  /** Set on types that stand alone, lists and options included. */
  readonly gvk?: GroupVersionKind | undefined;
  readonly protoEmbedded: Readonly<Record<string, { readonly proto: number; readonly wire: string }>>;
}

/** All types that a server knows. Custom resources add theirs by wrapping one of these. */
export interface TypeTable {
  type(id: string): TypeData | undefined;
  typeIdOf(gvk: GroupVersionKind): string | undefined;
  readonly typeIds: readonly string[];
}

interface RawField {
  readonly type: string;
  readonly required?: boolean;
  readonly enum?: readonly string[];
  readonly listType?: string;
  readonly listMapKeys?: readonly string[];
  readonly mapType?: string;
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly proto?: number;
  readonly wire?: string;
}

interface RawType {
  readonly is?: string;
  readonly fields?: Readonly<Record<string, RawField>>;
  readonly mapType?: string;
  readonly gvk?: readonly string[];
  readonly protoEmbedded?: Readonly<Record<string, { readonly proto: number; readonly wire: string }>>;
}

const scalars: ReadonlySet<string> = new Set(['string', 'string:byte', 'int32', 'int64', 'number', 'boolean']);

/** '[]api.core.v1.Container' -> a list of a named type. */
export function parseTypeExpr(text: string): TypeExpr {
  if (text.startsWith('[]')) return { kind: 'list', of: parseTypeExpr(text.slice(2)) };
  if (text.startsWith('map<string,')) return { kind: 'map', of: parseTypeExpr(text.slice(11, -1)) };
  if (scalars.has(text)) return { kind: 'scalar', scalar: text as Scalar };
  return { kind: 'named', typeId: text };
}

function parseField(name: string, raw: RawField): FieldType {
  return {
    name,
    type: parseTypeExpr(raw.type),
    required: raw.required ?? false,
    enum: raw.enum,
    listType: raw.listType as FieldType['listType'],
    listMapKeys: raw.listMapKeys,
    mapType: raw.mapType as FieldType['mapType'],
    patchStrategy: raw.patchStrategy?.split(',') ?? [],
    patchMergeKey: raw.patchMergeKey,
    proto: raw.proto,
    wire: raw.wire,
  };
}

function parseType(id: string, raw: RawType): TypeData {
  const gvk = raw.gvk && { group: raw.gvk[0] ?? '', version: raw.gvk[1] ?? '', kind: raw.gvk[2] ?? '' };
  return {
    id,
    is: raw.is as Opaque | undefined,
    fields: new Map(Object.entries(raw.fields ?? {}).map(([name, field]) => [name, parseField(name, field)])),
    mapType: raw.mapType as TypeData['mapType'],
    gvk,
    protoEmbedded: raw.protoEmbedded ?? {},
  };
}

const rawTypes: Readonly<Record<string, RawType>> = data.types;

/** The built-in API, 1.36. Types are parsed when they are first asked for. */
export const builtinTypes: TypeTable = createBuiltinTypes();

function createBuiltinTypes(): TypeTable {
  const parsed = new Map<string, TypeData>();
  let byGvk: Map<string, string> | undefined;
  const keyOf = (gvk: GroupVersionKind): string => `${gvk.group}/${gvk.version}/${gvk.kind}`;
  return {
    typeIds: Object.keys(rawTypes),
    type(id) {
      const known = parsed.get(id);
      if (known) return known;
      const raw = rawTypes[id];
      if (!raw) return undefined;
      const type = parseType(id, raw);
      parsed.set(id, type);
      return type;
    },
    typeIdOf(gvk) {
      byGvk ??= new Map(
        Object.entries(rawTypes).flatMap(([id, raw]) => {
          if (!raw.gvk) return [];
          invariant(raw.gvk.length === 3, `type ${id} has a malformed gvk`);
          return [[raw.gvk.join('/'), id] as const];
        }),
      );
      return byGvk.get(keyOf(gvk));
    },
  };
}
