import { statusErrors } from '@trireme/api-machinery';
import type { StoredObject } from './stored-object.ts';

/** One change of one object, as every watcher of its resource sees it. */
export interface CacheEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  /** For a deletion: the last state, at the revision of the deletion. */
  readonly stored: StoredObject;
  readonly before: StoredObject | undefined;
}

export interface CacheListener {
  /** Called in order, synchronously with the change. Must not throw. */
  event(event: CacheEvent): void;
  /** No longer called: it has missed events ('gap'), or the server is stopping and it has missed none ('stopping'). */
  lost(why: 'gap' | 'stopping'): void;
}

/** All objects of one resource in key order, with the newest events. Written by the feed alone. */
export interface ResourceCache {
  readonly prefix: string;
  readonly size: number;
  /** Grows with every change; equal numbers mean an equal content. */
  readonly changeRevision: number;
  get(key: string): StoredObject | undefined;
  /** In key order, those whose key starts with `prefix`. A copy: the cache may change while it is read. */
  list(prefix: string): readonly StoredObject[];
  /**
   * Calls `listener` for all events after `revision`, those of the past at once. Throws 410 where they are no longer
   * known. Returns the way to leave.
   */
  subscribe(listener: CacheListener, revision: number): () => void;
}

export interface WritableResourceCache extends ResourceCache {
  put(stored: StoredObject): void;
  remove(key: string, revision: number): void;
  /** Replaces all; events from before are forgotten, and listeners lost. */
  reset(objects: readonly StoredObject[], revision: number): void;
  /** Lets all listeners go. */
  stop(): void;
}

/** `historySize`: how many events are kept for watchers that come back. */
export function createResourceCache(prefix: string, historySize: number): WritableResourceCache {
  let objects = new Map<string, StoredObject>();
  let keys: string[] = [];
  let history: CacheEvent[] = [];
  let changeRevision = 0;
  /** Events up to and including this revision may be missing from history. */
  let floor = 0;
  const listeners = new Set<CacheListener>();

  const publish = (event: CacheEvent): void => {
    changeRevision = event.revision;
    history.push(event);
    if (history.length >= 2 * historySize) {
      const dropped = history.length - historySize;
      floor = (history[dropped - 1] as CacheEvent).revision;
      history = history.slice(dropped);
    }
    for (const listener of [...listeners]) listener.event(event);
  };

  return {
    prefix,
    get size() {
      return objects.size;
    },
    get changeRevision() {
      return changeRevision;
    },
    get: (key) => objects.get(key),
    list(wanted) {
      const first = lowerBound(keys, wanted);
      const found: StoredObject[] = [];
      for (let i = first; i < keys.length; i++) {
        const key = keys[i] as string;
        if (!key.startsWith(wanted)) break;
        found.push(objects.get(key) as StoredObject);
      }
      return found;
    },
    subscribe(listener, revision) {
      if (revision < floor) {
        throw statusErrors.resourceExpired(`too old resource version: ${revision} (${floor})`);
      }
      for (const event of eventsAfter(history, revision)) listener.event(event);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    put(stored) {
      const before = objects.get(stored.key);
      if (!before) keys.splice(lowerBound(keys, stored.key), 0, stored.key);
      objects.set(stored.key, stored);
      publish({ type: before ? 'MODIFIED' : 'ADDED', revision: stored.revision, stored, before });
    },
    remove(key, revision) {
      const before = objects.get(key);
      if (!before) return;
      objects.delete(key);
      keys.splice(lowerBound(keys, key), 1);
      publish({ type: 'DELETED', revision, stored: before.at(revision), before });
    },
    reset(all, revision) {
      objects = new Map(all.map((stored) => [stored.key, stored]));
      keys = [...objects.keys()].sort(compareText);
      history = [];
      floor = revision;
      changeRevision = revision;
      const lost = [...listeners];
      listeners.clear();
      for (const listener of lost) listener.lost('gap');
    },
    stop() {
      const left = [...listeners];
      listeners.clear();
      for (const listener of left) listener.lost('stopping');
    },
  };
}

function eventsAfter(history: readonly CacheEvent[], revision: number): readonly CacheEvent[] {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((history[middle] as CacheEvent).revision <= revision) low = middle + 1;
    else high = middle;
  }
  return history.slice(low);
}

/** Keys are ASCII, so the order of code units is the order of bytes. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
