import type { FieldError } from '@trireme/api-machinery';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import type { DeleteOptions } from '@trireme/schema/types/meta/v1';

/**
 * All that is particular to one kind. The apiserver knows kinds only through this: a new kind is a folder with one of
 * these and a line in the registry. Every function is pure; objects are never changed in place.
 */
export interface Kind<T extends ApiObject = ApiObject> {
  readonly ref: ResourceRef<T>;
  /** Id of the type in the schema tables: 'api.core.v1.Pod'. */
  readonly typeId: string;
  readonly listKind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly Verb[];
  /** What every client that asks for the kind is warned of, where the API is on its way out. */
  readonly deprecation?: string;
  /** True where status is written only through /status, and everything else only outside it. */
  readonly hasStatus: boolean;
  /** A kubelet registers its node together with its status; anywhere else a new object starts without one. */
  readonly keepsStatusOnCreate?: boolean;
  /** True where a change of the spec (all but metadata and status) counts in metadata.generation. */
  readonly hasGeneration: boolean;
  /** Where a kind counts by another rule than a changed spec: Deployments also count changed annotations. */
  changesGeneration?(object: T, old: T): boolean;
  readonly nameRule: NameRule;

  /** Fills what the user left out. Runs on every decoded object, stored ones included, so it must be idempotent. */
  defaults(object: T): T;
  /** Prepares a new object (status already cleared, metadata already filled). May allocate nothing: see `allocations`. */
  prepareForCreate?(object: T): T;
  /** Keeps or resets what a plain update may not change by itself (status is already kept). */
  prepareForUpdate?(object: T, old: T): T;
  prepareForStatusUpdate?(object: T, old: T): T;
  /** Runs with `validate`, at creation only. */
  validateCreate?(object: T): readonly FieldError[];
  validate(object: T): readonly FieldError[];
  /** Runs with `validate`; metadata's own rules have been checked. */
  validateUpdate(object: T, old: T): readonly FieldError[];
  validateStatusUpdate?(object: T, old: T): readonly FieldError[];
  /** Warnings for the client's Warning header. */
  warnings?(object: T, old: T | undefined): readonly string[];

  /** What `?fieldSelector=` can ask for besides metadata.name and metadata.namespace. */
  selectableFields?(object: T): Readonly<Record<string, string>>;
  readonly columns: readonly Column[];
  /** One cell per column. */
  row(object: T, nowMs: number): readonly (string | number | boolean | null)[];

  /** Where /scale finds its numbers. */
  readonly scale?: ScaleBinding<T>;
  /** Kinds that end by themselves (Pod) say how deletion goes; absent: deleted at once when no finalizer holds it. */
  graceful?(object: T, options: DeleteOptions): GracefulDeletion;
  /** What an object becomes in the write that marks it deleted: a Namespace's phase. */
  prepareForDelete?(object: T): T;
  /** Subresources whose update is another strategy over the same object: 'finalize', 'ephemeralcontainers'. */
  readonly subresources?: Readonly<Record<string, SubresourceUpdate<T>>>;
  /** Set where objects are stored in the form of another group and version, of which this is a second view. */
  readonly storedAs?: StoredForm<T>;
  /** Objects of this kind go by themselves after so long. Absent: they stay. */
  readonly ttlSeconds?: number;
  /** The default for `propagationPolicy` where the caller says nothing. Absent: background. */
  readonly orphanByDefault?: boolean;
  /** Upstream lets a PUT of a missing object create it for a few kinds. */
  readonly createOnUpdate?: boolean;
  /** Server-allocated values a create needs (cluster IPs, node ports): performed by the apiserver before validation. */
  readonly allocations?: readonly 'service-addresses'[];
  /** Drops what must not be stored or compared, e.g. Secret.stringData. */
  normalize?(object: T): T;
}

export type Verb = 'create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** How metadata.name must look. 'path-segment' is what RBAC names may be. */
export type NameRule = 'dns-subdomain' | 'dns-label' | 'dns-1035-label' | 'path-segment';

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: 'name' | undefined;
  readonly description: string;
  /** 0 shows always; 1 only with `-o wide`. */
  readonly priority: 0 | 1;
}

export interface ScaleBinding<T extends ApiObject> {
  specReplicas(object: T): number;
  statusReplicas(object: T): number;
  /** The label selector in its string form. */
  selector(object: T): string;
  withReplicas(object: T, replicas: number): T;
}

export interface StoredForm<T extends ApiObject> {
  readonly ref: ResourceRef;
  toStored(object: T): ApiObject;
  fromStored(stored: ApiObject): T;
}

export interface SubresourceUpdate<T extends ApiObject> {
  /** Takes from `object` what this subresource may change, and all else from `old`. */
  prepare(object: T, old: T): T;
  validate(object: T, old: T): readonly FieldError[];
}

export type GracefulDeletion =
  /** Remove now. */
  | { readonly type: 'now' }
  /** Mark with deletionTimestamp and this grace, and let its owner (the kubelet) remove it. */
  | { readonly type: 'mark'; readonly gracePeriodSeconds: number };
