import type { ApiObject, ResourceRef } from '@trireme/schema';

/** A local, always fresh copy of a resource: a list, then a watch, for as long as it runs. */
export interface Informer<T extends ApiObject> {
  readonly ref: ResourceRef<T>;
  readonly lister: Lister<T>;
  /** True once the first list is in the lister. */
  readonly synced: boolean;
  whenSynced(): Promise<void>;
  /** The newest resourceVersion that the lister shows, 0 before the first list. Bookmarks move it too. */
  readonly resourceVersion: number;
  /** Resolves once the lister shows this resourceVersion or a later one. */
  whenAt(resourceVersion: number): Promise<void>;
  /** Handlers are called in order, after the lister has changed, and first for all that is there. Returns the way to leave. */
  subscribe(handler: InformerHandler<T>): () => void;
  stop(): void;
}

export interface InformerHandler<T extends ApiObject> {
  added?(object: T): void;
  updated?(object: T, old: T): void;
  deleted?(object: T): void;
}

/** Synchronous reads of an informer's copy. What it returns is shared and must not be changed. */
export interface Lister<T extends ApiObject> {
  /** `namespace` is ignored for cluster-scoped resources. */
  get(name: string, namespace?: string): T | undefined;
  /** In no particular order; all namespaces where none is named. */
  list(namespace?: string): readonly T[];
  /** Objects controlled by this owner (ownerReferences with controller: true); for '', those that nothing controls. Kept as an index. */
  controlledBy(ownerUid: string): readonly T[];
  /** Objects that name this owner in any ownerReference. Kept as an index. */
  dependentsOf(ownerUid: string): readonly T[];
}

/** Which objects of a resource an informer copies. Default: all. */
export interface InformerSelection {
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** One informer per resource and selection, shared by all who ask. Started on the first ask. */
export interface InformerFactory {
  informer<T extends ApiObject>(ref: ResourceRef<T>, select?: InformerSelection): Informer<T>;
  stop(): void;
}
