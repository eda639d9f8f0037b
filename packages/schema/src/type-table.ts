import { invariant, type JsonValue } from '@trireme/base';
import goFacts from './facts/generated/go-facts.json' with { type: 'json' };
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

/** What a type that is no struct is in JSON. 'object' and 'any' keep whatever is in them. */
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
  /** True where upstream tells an absent value from a zero one. */
  readonly pointer?: boolean | undefined;
  /** True where upstream writes the zero value out instead of leaving the field away. */
  readonly writesZero?: boolean | undefined;
  /** How decoding errors name the type, where it is not what `TypeExpr` says: 'v1.PullPolicy'. */
  readonly goType?: string | undefined;
  /** What the OpenAPI documents say; the defaulting itself is code. */
  readonly default?: JsonValue | undefined;
}

export interface TypeData {
  readonly id: string;
  /** Set where the type is not a struct. */
  readonly is?: Opaque | undefined;
  readonly fields: ReadonlyMap<string, FieldType>;
  readonly mapType?: 'atomic' | 'granular' | undefined;
  /** Set on types that stand alone, lists and options included. */
  readonly gvk?: GroupVersionKind | undefined;
  readonly protoEmbedded: Readonly<Record<string, { readonly proto: number; readonly wire: string }>>;
}

/** Field name -> number and wire type. */
export type ProtoOnlyMessage = Readonly<Record<string, { readonly proto: number; readonly wire: string }>>;

/** All types that a server knows. Custom resources add theirs by wrapping one of these. */
export interface TypeTable {
  type(id: string): TypeData | undefined;
  /** A message that exists only in protobuf: lists of kinds without a JSON schema, and what `protoEmbedded` nests. */
  protoOnly?(id: string): ProtoOnlyMessage | undefined;
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

/** A fact is '*' for a pointer, '!' where a zero is always written, then the Go type where it is not the plain one. */
function parseFact(fact: string | undefined): Pick<FieldType, 'pointer' | 'writesZero' | 'goType'> {
  const [, pointer, always, goType] = /^(\*?)(!?)(.*)$/.exec(fact ?? '') ?? [];
  return { pointer: pointer === '*', writesZero: always === '!', goType: goType || undefined };
}

const facts: Readonly<Record<string, Readonly<Record<string, string>>>> = goFacts.fields;
const defaults: Readonly<Record<string, Readonly<Record<string, JsonValue>>>> = goFacts.defaults;

function parseField(typeId: string, name: string, raw: RawField): FieldType {
  const fact = parseFact(facts[typeId]?.[name]);
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
    ...fact,
    writesZero: fact.writesZero || raw.required === true,
    default: defaults[typeId]?.[name],
  };
}

/** Upstream calls these objects because they keep any JSON; its other objects without fields are empty structs. */
const keepsAnyObject = /\.(?:RawExtension|FieldsV1|Patch)$/;

function parseType(id: string, raw: RawType): TypeData {
  const gvk = raw.gvk && { group: raw.gvk[0] ?? '', version: raw.gvk[1] ?? '', kind: raw.gvk[2] ?? '' };
  return {
    id,
    is: raw.is === 'object' && !keepsAnyObject.test(id) ? undefined : (raw.is as Opaque | undefined),
    fields: new Map(Object.entries(raw.fields ?? {}).map(([name, field]) => [name, parseField(id, name, field)])),
    mapType: raw.mapType as TypeData['mapType'],
    gvk,
    protoEmbedded: raw.protoEmbedded ?? {},
  };
}

const rawTypes: Readonly<Record<string, RawType>> = { ...data.types, ...metadataOnlyTypes() };
const protoOnly: Readonly<Record<string, ProtoOnlyMessage>> = data.protoOnly;

/** What a client asks for that needs names and owners alone; upstream leaves these out of its OpenAPI. */
function metadataOnlyTypes(): Record<string, RawType> {
  const meta = 'apimachinery.pkg.apis.meta.v1';
  const header = { apiVersion: { type: 'string' }, kind: { type: 'string' } };
  const types: Record<string, RawType> = {
    [`${meta}.PartialObjectMetadata`]: {
      fields: { ...header, metadata: { type: `${meta}.ObjectMeta`, proto: 1, wire: 'ObjectMeta' } },
      gvk: ['meta.k8s.io', 'v1', 'PartialObjectMetadata'],
    },
    [`${meta}.PartialObjectMetadataList`]: {
      fields: {
        ...header,
        metadata: { type: `${meta}.ListMeta`, proto: 1, wire: 'ListMeta' },
        items: {
          type: `[]${meta}.PartialObjectMetadata`,
          required: true,
          proto: 2,
          wire: 'repeated PartialObjectMetadata',
        },
      },
      gvk: ['meta.k8s.io', 'v1', 'PartialObjectMetadataList'],
    },
  };
  return types;
}

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
    protoOnly: (id) => protoOnly[id],
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
