import { statusErrors } from '@trireme/api-machinery';
import { createDeferred, type Deferred, fromUtf8, messageOf, utf8 } from '@trireme/base';
import {
  type KeyValue,
  type Kv,
  type Logger,
  prefixEnd,
  sleep,
  type Time,
  type WatchResponse,
  type WatchStream,
} from '@trireme/ports';
import { prefixOfKey, registryPrefix, resourcePrefix, type StorageRef } from './keys.ts';
import { createResourceCache, type ResourceCache, type WritableResourceCache } from './resource-cache.ts';
import { StoredObject } from './stored-object.ts';

/**
 * Keeps a copy of every object, fed by one watch of the whole registry. Because there is one watch, one revision says how
 * far all caches are, and any write brings all of them on.
 */
export interface ObjectFeed {
  /** Every event up to this revision is in the caches and has been handed to their listeners. 0 before the first list. */
  readonly revision: number;
  readonly ready: boolean;
  whenReady(): Promise<void>;
  cache(ref: StorageRef): ResourceCache;
  /** Resolves once the caches show `revision`; rejects with 504 where that takes longer than `timeoutMs`. */
  whenAt(revision: number, timeoutMs?: number): Promise<void>;
  /** Resolves once the caches show all that was committed before the call. */
  whenCurrent(): Promise<number>;
  stop(): void;
}

export interface ObjectFeedDeps {
  readonly kv: Kv;
  readonly time: Time;
  readonly logger: Logger;
}

interface Waiter {
  readonly revision: number;
  readonly reached: Deferred<void>;
}

const range = { key: utf8(registryPrefix), rangeEnd: prefixEnd(utf8(registryPrefix)) };
const pageSize = 1000;

export function createObjectFeed(
  deps: ObjectFeedDeps,
  options: { readonly historySize?: number | undefined } = {},
): ObjectFeed {
  const { kv, time, logger } = deps;
  const caches = new Map<string, WritableResourceCache>();
  const isReady = createDeferred<void>();
  const stopping = new AbortController();
  let waiters: Waiter[] = [];
  let revision = 0;
  let stream: WatchStream | undefined;

  const cacheAt = (prefix: string): WritableResourceCache => {
    let cache = caches.get(prefix);
    if (!cache) {
      cache = createResourceCache(prefix, options.historySize ?? 1024);
      // A cache made after the list starts empty and complete: the feed has seen no object of it.
      cache.reset([], revision);
      caches.set(prefix, cache);
    }
    return cache;
  };

  const reached = (at: number): void => {
    revision = Math.max(revision, at);
    if (waiters.length === 0) return;
    const still = waiters.filter((waiter) => waiter.revision > revision);
    const done = waiters.filter((waiter) => waiter.revision <= revision);
    waiters = still;
    for (const waiter of done) waiter.reached.resolve();
  };

  const relist = async (): Promise<void> => {
    const listed = await listAll(kv);
    const byPrefix = new Map<string, StoredObject[]>([...caches.keys()].map((prefix) => [prefix, []]));
    for (const { key: bytes, value, modRevision } of listed.kvs) {
      const key = fromUtf8(bytes);
      const prefix = prefixOfKey(key);
      if (!prefix) continue;
      const objects = byPrefix.get(prefix) ?? [];
      byPrefix.set(prefix, objects);
      objects.push(new StoredObject(key, modRevision, value));
    }
    for (const [prefix, objects] of byPrefix) cacheAt(prefix).reset(objects, listed.revision);
    reached(listed.revision);
    isReady.resolve();
  };

  const apply = (response: WatchResponse): 'go-on' | 'relist' => {
    if (response.type === 'compacted') return 'relist';
    if (response.type === 'events') {
      for (const { type, kv: change } of response.events) {
        const key = fromUtf8(change.key);
        const prefix = prefixOfKey(key);
        if (!prefix) continue;
        const cache = cacheAt(prefix);
        if (type === 'delete') cache.remove(key, change.modRevision);
        else cache.put(new StoredObject(key, change.modRevision, change.value));
      }
    }
    if (response.type !== 'created') reached(response.revision);
    return 'go-on';
  };

  const follow = async (): Promise<void> => {
    if (revision === 0) await relist();
    stream = kv.watch({ ...range, startRevision: revision + 1, progressNotify: true });
    if (waiters.length > 0) stream.requestProgress();
    for await (const response of stream) {
      if (stopping.signal.aborted) return;
      if (apply(response) === 'relist') {
        logger.log('warn', 'the watch of the registry fell behind compaction, listing again', {});
        await relist();
        return;
      }
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await follow();
      } catch (error) {
        logger.log('warn', 'the watch of the registry broke off', { error: messageOf(error) });
      }
      stream = undefined;
      await sleep(time, 200, stopping.signal);
    }
  };
  void run();

  const whenAt = async (wanted: number, timeoutMs = 3000): Promise<void> => {
    if (revision >= wanted) return;
    const waiter: Waiter = { revision: wanted, reached: createDeferred<void>() };
    waiters.push(waiter);
    stream?.requestProgress();
    const timer = time.after(timeoutMs, () => {
      waiters = waiters.filter((other) => other !== waiter);
      waiter.reached.reject(statusErrors.resourceVersionTooLarge(String(wanted), String(revision)));
    });
    await waiter.reached.promise.finally(() => timer.cancel());
  };
  const currentRevision = shareNext(
    async () => (await kv.range({ ...range, limit: 1, keysOnly: true })).header.revision,
  );

  return {
    get revision() {
      return revision;
    },
    get ready() {
      return revision > 0;
    },
    whenReady: () => isReady.promise,
    cache: (ref) => cacheAt(resourcePrefix(ref)),
    whenAt,
    async whenCurrent() {
      const current = await currentRevision();
      await whenAt(current);
      return revision;
    },
    stop() {
      stopping.abort();
      stream?.cancel();
      for (const waiter of waiters) waiter.reached.reject(statusErrors.serviceUnavailable('the server is stopping'));
      waiters = [];
      for (const cache of caches.values()) cache.stop();
    },
  };
}

async function listAll(kv: Kv): Promise<{ readonly kvs: readonly KeyValue[]; readonly revision: number }> {
  const kvs: KeyValue[] = [];
  let revision = 0;
  let from: Uint8Array = range.key;
  for (;;) {
    const page = await kv.range({ key: from, rangeEnd: range.rangeEnd, limit: pageSize, revision });
    if (revision === 0) revision = page.header.revision;
    for (const one of page.kvs) kvs.push(one);
    const last = page.kvs.at(-1);
    if (!page.more || !last) return { kvs, revision };
    from = new Uint8Array([...last.key, 0]);
  }
}

/**
 * Many callers, one call: whoever asks while a call is under way shares the next one. (Not the one under way: its answer
 * may be from before the question.)
 */
export function shareNext<T>(call: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  const start = (): Promise<T> => {
    const made = call();
    running = made;
    const done = (): void => {
      if (running === made) running = undefined;
    };
    made.then(done, done);
    return made;
  };
  return () => {
    if (!running) return start();
    if (!next) {
      const turn = (): Promise<T> => {
        next = undefined;
        return start();
      };
      next = running.then(turn, turn);
    }
    return next;
  };
}
