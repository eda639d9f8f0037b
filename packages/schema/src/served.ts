import data from './generated/api.json' with { type: 'json' };
import type { GroupVersionKind } from './object.ts';
import { builtinTypes } from './type-table.ts';

/** A resource as discovery and OpenAPI present it. A server passes on those that it serves, and adds custom ones. */
export interface ServedResource {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, lower case: 'pods'. */
  readonly resource: string;
  readonly kind: GroupVersionKind;
  /** Absent where the table does not know the kind. */
  readonly typeId: string | undefined;
  readonly namespaced: boolean;
  /** Sorted, as discovery lists them. */
  readonly verbs: readonly string[];
  readonly subresources: readonly ServedSubresource[];
}

export interface ServedSubresource {
  /** 'status', 'scale', 'log'. */
  readonly name: string;
  readonly kind: GroupVersionKind;
  readonly typeId: string | undefined;
  readonly verbs: readonly string[];
}

interface RawResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: Readonly<
    Record<string, { readonly kind: readonly string[]; readonly verbs: readonly string[] } | undefined>
  >;
}

let resources: readonly ServedResource[] | undefined;

/** Every resource of the built-in API, alpha and beta versions included. */
export function builtinResources(): readonly ServedResource[] {
  resources ??= (data.resources as readonly RawResource[]).map(servedResource);
  return resources;
}

function servedResource(raw: RawResource): ServedResource {
  const kind = gvkOf(raw.kind);
  return {
    group: raw.group,
    version: raw.version,
    resource: raw.resource,
    kind,
    typeId: builtinTypes.typeIdOf(kind),
    namespaced: raw.namespaced,
    verbs: withWatch(raw.verbs),
    // A path below a proxied resource is a route of its own upstream; discovery does not name it.
    subresources: Object.entries(raw.subresources).flatMap(([name, sub]) =>
      sub === undefined || name.includes('/') ? [] : [servedSubresource(name, sub.kind, sub.verbs)],
    ),
  };
}

function servedSubresource(name: string, rawKind: readonly string[], verbs: readonly string[]): ServedSubresource {
  const kind = gvkOf(rawKind);
  return { name, kind, typeId: builtinTypes.typeIdOf(kind), verbs: verbs.flatMap((verb) => verbsOf(name, verb)) };
}

function gvkOf([group = '', version = '', kind = '']: readonly string[]): GroupVersionKind {
  return { group, version, kind };
}

/** The table's data leaves `watch` out. What is listed but never deleted (component statuses) is not stored either. */
function withWatch(verbs: readonly string[]): readonly string[] {
  return verbs.includes('list') && verbs.includes('delete') ? [...verbs, 'watch'].sort() : verbs;
}

/** A connection is made by any HTTP method that its subresource takes. */
function verbsOf(subresource: string, verb: string): readonly string[] {
  if (verb !== 'connect') return [verb];
  return subresource === 'proxy' ? ['create', 'delete', 'get', 'patch', 'update'] : ['create', 'get'];
}
