import type { ListMeta, ObjectMeta } from './generated/types/meta/v1.ts';

/** What every API object has. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A page of objects, as `list` answers. `metadata.resourceVersion` is where a watch continues. */
export interface ObjectList<T extends ApiObject = ApiObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ListMeta;
  readonly items: readonly T[];
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** 'apps/v1' and 'Deployment' -> group, version, kind; undefined where the version text is not of that form. */
export function parseGvk(apiVersion: string, kind: string): GroupVersionKind | undefined {
  const parts = apiVersion.split('/');
  if (parts.length === 1) return { group: '', version: apiVersion, kind };
  if (parts.length === 2) return { group: parts[0] as string, version: parts[1] as string, kind };
  return undefined;
}
