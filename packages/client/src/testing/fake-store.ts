import { type AsyncQueue, createAsyncQueue, deepFreeze, invariant } from '@trireme/base';
import type { CancelSignal } from '@trireme/ports';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import type { WatchEvent } from '../api-client.ts';

type Ref = ResourceRef<ApiObject>;
type StoredEvent = WatchEvent<ApiObject> & { readonly resource: string; readonly resourceVersion: number };

/** One history for all resources, as a real store keeps it: versions are global and only grow. */
export interface FakeStore {
  readonly resourceVersion: number;
  get(ref: Ref, key: string): ApiObject | undefined;
  list(ref: Ref): readonly ApiObject[];
  /** Every stored object of every resource. */
  all(): readonly ApiObject[];
  put(ref: Ref, object: ApiObject): ApiObject;
  remove(ref: Ref, object: ApiObject): ApiObject;
  watch(ref: Ref, from: number, signal: CancelSignal | undefined): AsyncQueue<WatchEvent<ApiObject>> | undefined;
  /** Forgets the history so far: watches from before are told 410. */
  compact(): void;
  /** Sends a bookmark to every watch. */
  bookmark(): void;
  /** Ends every watch, as a server that goes away does. */
  endWatches(): void;
}

interface Watcher {
  readonly resource: string;
  readonly queue: AsyncQueue<WatchEvent<ApiObject>>;
}

export function createFakeStore(): FakeStore {
  const tables = new Map<string, Map<string, ApiObject>>();
  const watchers = new Set<Watcher>();
  let history: StoredEvent[] = [];
  let compacted = 0;
  let version = 0;

  const tableOf = (ref: Ref): Map<string, ApiObject> => {
    const resource = resourceOf(ref);
    let table = tables.get(resource);
    if (!table) {
      table = new Map();
      tables.set(resource, table);
    }
    return table;
  };
  const publish = (ref: Ref, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: ApiObject): void => {
    const event = { type, object, resource: resourceOf(ref), resourceVersion: version };
    history.push(event);
    for (const watcher of watchers) if (watcher.resource === event.resource) watcher.queue.push({ type, object });
  };
  const stamped = (object: ApiObject): ApiObject =>
    deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } });

  return {
    get resourceVersion() {
      return version;
    },
    get: (ref, key) => tableOf(ref).get(key),
    list: (ref) => [...tableOf(ref).values()],
    all: () => [...tables.values()].flatMap((table) => [...table.values()]),
    put(ref, object) {
      const stored = stamped(object);
      const table = tableOf(ref);
      const known = table.has(keyOf(stored));
      table.set(keyOf(stored), stored);
      publish(ref, known ? 'MODIFIED' : 'ADDED', stored);
      return stored;
    },
    remove(ref, object) {
      invariant(tableOf(ref).delete(keyOf(object)), `the fake removes ${keyOf(object)}, which it does not have`);
      const last = stamped(object);
      publish(ref, 'DELETED', last);
      return last;
    },
    watch(ref, from, signal) {
      if (from < compacted) return undefined;
      const watcher: Watcher = {
        resource: resourceOf(ref),
        queue: createAsyncQueue<WatchEvent<ApiObject>>(() => watchers.delete(watcher)),
      };
      for (const { type, object, resource, resourceVersion } of history) {
        if (resource === watcher.resource && resourceVersion > from) watcher.queue.push({ type, object });
      }
      watchers.add(watcher);
      signal?.addEventListener('abort', () => {
        watchers.delete(watcher);
        watcher.queue.end();
      });
      return watcher.queue;
    },
    compact() {
      history = [];
      compacted = version;
    },
    bookmark() {
      for (const { queue } of watchers) {
        const metadata = { name: '', resourceVersion: String(version) };
        queue.push({ type: 'BOOKMARK', object: { apiVersion: '', kind: '', metadata } });
      }
    },
    endWatches() {
      for (const { queue } of watchers) queue.end();
      watchers.clear();
    },
  };
}

export function keyOf(object: ApiObject): string {
  const { name, namespace } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

function resourceOf(ref: Ref): string {
  return `${ref.group}/${ref.resource}`;
}
