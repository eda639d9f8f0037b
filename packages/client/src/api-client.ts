import type { JsonObject, JsonValue } from '@trireme/base';
import type { CancelSignal, HttpRequest, HttpResponse } from '@trireme/ports';
import type { ApiObject, ObjectList, ResourceRef } from '@trireme/schema';
import type { Status } from '@trireme/schema/types/meta/v1';

/**
 * A typed client of a Kubernetes API, over any HttpTransport. Errors of the API are thrown as `StatusError` (from
 * api-machinery); a StatusError with reason 'ServiceUnavailable' and code 0 means that no response came.
 */
export interface ApiClient {
  resource<T extends ApiObject>(ref: ResourceRef<T>): ResourceClient<T>;
  /** A request as it is, for what has no method here (logs, exec, /healthz). Throws nothing but what the transport throws. */
  raw(request: HttpRequest): Promise<HttpResponse>;
}

export interface ResourceClient<T extends ApiObject> {
  get(target: Target, options?: ReadOptions): Promise<T>;
  /** One page; `listAll` follows `continue`. */
  list(options?: ListOptions): Promise<ObjectList<T>>;
  listAll(options?: ListOptions): Promise<ObjectList<T>>;
  /** Ends when the server ends it; throws a StatusError for an ERROR event (410 Gone: list again). */
  watch(options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create(object: T, options?: WriteOptions): Promise<T>;
  /** A create of a subresource: pods/binding, serviceaccounts/token, pods/eviction. */
  createSubresource<Body extends object, Answer>(target: Target, subresource: string, body: Body): Promise<Answer>;
  /** Guarded by metadata.resourceVersion where it is set. `subresource: 'status'` writes the status. */
  update(object: T, options?: WriteOptions): Promise<T>;
  patch(target: Target, patch: Patch, options?: WriteOptions): Promise<T>;
  /** Returns the object as it was marked or removed, or the Status the server sent. */
  delete(target: Target, options?: DeleteCallOptions): Promise<T | Status>;
  deleteCollection(options: ListOptions & DeleteCallOptions): Promise<void>;
}

/** Namespace is absent for cluster-scoped resources. */
export interface Target {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export interface ReadOptions {
  readonly resourceVersion?: string | undefined;
  readonly signal?: CancelSignal | undefined;
}

export interface ListOptions extends ReadOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined;
}

export interface WatchOptions extends ListOptions {
  readonly allowBookmarks?: boolean | undefined;
  readonly timeoutSeconds?: number | undefined;
}

export type WatchEvent<T extends ApiObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Only metadata.resourceVersion is meaningful. */
  | { readonly type: 'BOOKMARK'; readonly object: T };

export interface WriteOptions {
  /** For create, where the object does not say. */
  readonly namespace?: string | undefined;
  readonly subresource?: string | undefined;
  readonly fieldManager?: string | undefined;
  readonly dryRun?: boolean | undefined;
  /** Server-side apply only. */
  readonly force?: boolean | undefined;
  readonly signal?: CancelSignal | undefined;
}

export type Patch =
  | { readonly type: 'merge' | 'strategic' | 'apply'; readonly body: JsonObject }
  | { readonly type: 'json'; readonly body: readonly JsonPatchOperation[] };

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: JsonValue;
}

export interface DeleteCallOptions {
  /** Preconditions. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground' | undefined;
  readonly signal?: CancelSignal | undefined;
}
