import { createDeferred, deepFreeze, messageOf } from '@trireme/base';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import type { ResourceClient, WatchEvent } from './api-client.ts';
import type { Informer, InformerHandler } from './informer.ts';
import { type Change, createObjectStore } from './object-store.ts';
import { type ReflectorDeps, type ReflectorOptions, runReflector } from './reflector.ts';

export interface InformerOptions extends ReflectorOptions {
  /** Freezes every object, so that a reader who writes to the shared copy is caught. For tests. */
  readonly freeze: boolean;
  readonly onStop?: () => void;
}

interface Waiter {
  readonly resourceVersion: number;
  resolve(): void;
}

/** Starts at once. Stopping it leaves the lister as it is and resolves nobody who still waits. */
export function createInformer<T extends ApiObject>(
  deps: ReflectorDeps,
  client: ResourceClient<T>,
  ref: ResourceRef<T>,
  options: InformerOptions,
): Informer<T> {
  const logger = deps.logger.with({ resource: ref.resource });
  const store = createObjectStore<T>();
  const handlers = new Set<InformerHandler<T>>();
  const firstList = createDeferred<void>();
  const stopped = new AbortController();
  let waiters: Waiter[] = [];
  let synced = false;
  let resourceVersion = 0;

  const tell = (handler: InformerHandler<T>, change: Change<T>): void => {
    try {
      if (change.type === 'added') handler.added?.(change.object);
      else if (change.type === 'updated') handler.updated?.(change.object, change.old);
      else handler.deleted?.(change.object);
    } catch (error) {
      // One subscriber's bug must not stop the copy that all others read.
      logger.log('error', 'an informer handler threw', { error: messageOf(error) });
    }
  };
  const announce = (change: Change<T>): void => {
    for (const handler of [...handlers]) if (handlers.has(handler)) tell(handler, change);
  };
  const moveTo = (version: string | undefined): void => {
    resourceVersion = Math.max(resourceVersion, Number(version) || 0);
    const reached = waiters.filter((waiter) => waiter.resourceVersion <= resourceVersion);
    if (reached.length === 0) return;
    waiters = waiters.filter((waiter) => waiter.resourceVersion > resourceVersion);
    for (const waiter of reached) waiter.resolve();
  };
  const own = (object: T): T => (options.freeze ? deepFreeze(object) : object);
  const changeOf = (event: WatchEvent<T>): Change<T> | undefined => {
    if (event.type === 'BOOKMARK') return undefined;
    return event.type === 'DELETED' ? store.remove(own(event.object)) : store.set(own(event.object));
  };

  const sink = {
    replace(objects: readonly T[], version: string): void {
      const changes = store.replace(objects.map(own));
      const first = !synced;
      synced = true;
      for (const change of changes) announce(change);
      moveTo(version);
      if (first) firstList.resolve();
    },
    apply(event: WatchEvent<T>): void {
      const change = changeOf(event);
      if (change) announce(change);
      moveTo(event.object.metadata.resourceVersion);
    },
  };
  runReflector({ ...deps, logger }, client, sink, options, stopped.signal).catch((error: unknown) => {
    logger.log('error', 'the informer stopped for good: this is a bug', { error: messageOf(error) });
  });

  return {
    ref,
    lister: store.lister,
    get synced() {
      return synced;
    },
    whenSynced: () => firstList.promise,
    get resourceVersion() {
      return resourceVersion;
    },
    whenAt(version) {
      if (resourceVersion >= version) return Promise.resolve();
      const reached = createDeferred<void>();
      waiters.push({ resourceVersion: version, resolve: () => reached.resolve() });
      return reached.promise;
    },
    subscribe(handler) {
      for (const object of store.lister.list()) tell(handler, { type: 'added', object });
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    stop() {
      stopped.abort();
      handlers.clear();
      options.onStop?.();
    },
  };
}
