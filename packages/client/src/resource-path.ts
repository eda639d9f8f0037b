import type { ApiObject, ResourceRef } from '@trireme/schema';
import type { DeleteCallOptions, ListOptions, Target, WatchOptions, WriteOptions } from './api-client.ts';

type Ref = Pick<ResourceRef<ApiObject>, 'group' | 'version' | 'resource' | 'namespaced'>;

/** '/apis/apps/v1/namespaces/default/deployments/web/scale': where a resource, one object, or its subresource is served. */
export function resourcePath(ref: Ref, namespace: string | undefined, name?: string, subresource?: string): string {
  const root = ref.group === '' ? `/api/${ref.version}` : `/apis/${ref.group}/${ref.version}`;
  const parts = [root];
  if (ref.namespaced && namespace) parts.push('namespaces', encodeURIComponent(namespace));
  parts.push(ref.resource);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource) parts.push(subresource);
  return parts.join('/');
}

/** The path of one object. Throws where a namespaced object is named without its namespace: no server could find it. */
export function objectPath(ref: Ref, target: Target, subresource?: string): string {
  if (ref.namespaced && !target.namespace) {
    throw new TypeError(`${ref.resource} "${target.name}" needs a namespace. Set it in the target.`);
  }
  return resourcePath(ref, target.namespace, target.name, subresource);
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Appends what is set; '' counts as unset. */
export function withQuery(path: string, query: Query): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === '') continue;
    parts.push(`${key}=${encodeURIComponent(String(value))}`);
  }
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`;
}

export function listQuery(options: ListOptions): Query {
  return {
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
    limit: options.limit,
    continue: options.continue,
  };
}

export function watchQuery(options: WatchOptions): Query {
  return {
    ...listQuery(options),
    watch: true,
    allowWatchBookmarks: options.allowBookmarks ? true : undefined,
    timeoutSeconds: options.timeoutSeconds,
  };
}

export function writeQuery(options: WriteOptions): Query {
  return {
    fieldManager: options.fieldManager,
    dryRun: options.dryRun ? 'All' : undefined,
    force: options.force ? true : undefined,
  };
}

/** The DeleteOptions body, or undefined where nothing is asked. */
export function deleteBody(options: DeleteCallOptions): object | undefined {
  const { uid, resourceVersion, gracePeriodSeconds, propagationPolicy } = options;
  if ([uid, resourceVersion, gracePeriodSeconds, propagationPolicy].every((value) => value === undefined)) {
    return undefined;
  }
  const guarded = uid !== undefined || resourceVersion !== undefined;
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    gracePeriodSeconds,
    propagationPolicy,
    preconditions: guarded ? { uid, resourceVersion } : undefined,
  };
}
