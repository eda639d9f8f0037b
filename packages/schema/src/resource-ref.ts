/**
 * Names a served resource, and carries the type of its objects so that clients and controllers are typed by it.
 * `Object_` exists for the compiler alone.
 */
export interface ResourceRef<Object_ = unknown> {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, lower case: 'pods'. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly __object?: Object_;
}

/** 'v1' or 'apps/v1'. */
export function apiVersionOf(ref: Pick<ResourceRef, 'group' | 'version'>): string {
  return ref.group === '' ? ref.version : `${ref.group}/${ref.version}`;
}
