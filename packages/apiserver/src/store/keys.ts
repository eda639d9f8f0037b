import type { ResourceRef } from '@trireme/schema';

/** Below this prefix lies every object: /registry/<group>/<resource>/[<namespace>/]<name>. */
export const registryPrefix = '/registry/';

export type StorageRef = Pick<ResourceRef, 'group' | 'resource'>;

/** All versions of a resource share one place. The core group is spelt out, so that every key has the same form. */
export function resourcePrefix(ref: StorageRef): string {
  return `${registryPrefix}${ref.group === '' ? 'core' : ref.group}/${ref.resource}/`;
}

export function objectKey(ref: StorageRef, namespace: string | undefined, name: string): string {
  return `${resourcePrefix(ref)}${namespace ? `${namespace}/` : ''}${name}`;
}

/** '/registry/core/pods/' of '/registry/core/pods/default/web'; undefined where the key is no object's. */
export function prefixOfKey(key: string): string | undefined {
  const group = key.indexOf('/', registryPrefix.length);
  if (group < 0) return undefined;
  const resource = key.indexOf('/', group + 1);
  return resource < 0 ? undefined : key.slice(0, resource + 1);
}
