import { isStatus } from '@trireme/api-machinery';
import type { ApiClient } from '@trireme/client';
import type { Time } from '@trireme/ports';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import { configmaps, secrets } from '@trireme/schema/resources';
import type { ConfigMap, Secret } from '@trireme/schema/types/core/v1';
import { withDeadline } from './with-deadline.ts';

/** Reads the ConfigMaps and Secrets that pods name, one by one, as a node is allowed to. */
export interface ObjectReader {
  /** Absent where it does not exist. Everything else that fails is thrown. `maxAgeMs`: how old an answer will do. */
  configMaps(namespace: string, names: Iterable<string>, maxAgeMs: number): Promise<ReadonlyMap<string, ConfigMap>>;
  secrets(namespace: string, names: Iterable<string>, maxAgeMs: number): Promise<ReadonlyMap<string, Secret>>;
}

interface Entry {
  readonly atMs: number;
  readonly answer: Promise<ApiObject | undefined>;
}

const forgetAfterMs = 120_000;

/** Pods that start together ask for the same objects: an answer is shared by all who ask within `maxAgeMs` of it. */
export function createObjectReader(client: ApiClient, time: Time): ObjectReader {
  const entries = new Map<string, Entry>();

  const sweep = (nowMs: number): void => {
    for (const [key, { atMs }] of entries) if (nowMs - atMs > forgetAfterMs) entries.delete(key);
  };

  const read = <T extends ApiObject>(
    ref: ResourceRef<T>,
    namespace: string,
    name: string,
    maxAgeMs: number,
  ): Promise<T | undefined> => {
    const key = `${ref.resource}/${namespace}/${name}`;
    const nowMs = time.monotonic();
    const known = entries.get(key);
    // The key names the resource, and a resource has one type of objects.
    if (known && nowMs - known.atMs <= maxAgeMs) return known.answer as Promise<T | undefined>;
    sweep(nowMs);
    const answer = withDeadline(time, `read ${ref.resource} ${namespace}/${name}`, (signal) =>
      client.resource(ref).get({ name, namespace }, { signal }),
    ).catch((error: unknown) => {
      if (isStatus(error, 'NotFound')) return undefined;
      entries.delete(key);
      throw error;
    });
    entries.set(key, { atMs: nowMs, answer });
    return answer;
  };

  const readAll = async <T extends ApiObject>(
    ref: ResourceRef<T>,
    namespace: string,
    names: Iterable<string>,
    maxAgeMs: number,
  ): Promise<ReadonlyMap<string, T>> => {
    const unique = [...new Set(names)];
    const found = await Promise.all(unique.map((name) => read(ref, namespace, name, maxAgeMs)));
    const objects = new Map<string, T>();
    for (const [i, object] of found.entries()) if (object) objects.set(unique[i] as string, object);
    return objects;
  };

  return {
    configMaps: (namespace, names, maxAgeMs) => readAll(configmaps, namespace, names, maxAgeMs),
    secrets: (namespace, names, maxAgeMs) => readAll(secrets, namespace, names, maxAgeMs),
  };
}
