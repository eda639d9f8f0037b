import { createDeferred } from '@trireme/base';
import { sleep, type Time } from '@trireme/ports';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import { type InformerView, resourceKey } from './informer-view.ts';

/** Something that was written, and how the view will show it. */
export type OwnWrite =
  | { readonly type: 'version'; readonly ref: ResourceRef<ApiObject>; readonly resourceVersion: number }
  | {
      readonly type: 'gone';
      readonly ref: ResourceRef<ApiObject>;
      readonly name: string;
      readonly namespace: string | undefined;
      readonly uid: string;
    };

/**
 * Keeps a key from being looked at before the view shows what its last plan wrote. Without this, a controller that has
 * just made three pods would look, see none, and make three more.
 */
export interface OwnWrites {
  record(key: string, writes: readonly OwnWrite[]): void;
  /** Undefined where the view shows all; else resolves when it does (true), or after the bounded wait (false). */
  whenShown(key: string): Promise<boolean> | undefined;
  stop(): void;
}

export function createOwnWrites(view: InformerView, time: Time, maxWaitMs: number): OwnWrites {
  const pending = new Map<string, readonly OwnWrite[]>();
  const leaving = new Map<string, Array<() => void>>();
  const unsubscribe = new Map<string, () => void>();

  /** One subscription per resource that this host deletes from, made when it is first needed. */
  const watchDepartures = (ref: ResourceRef<ApiObject>): void => {
    const key = resourceKey(ref);
    const informer = view.informerOf(ref);
    if (!informer || unsubscribe.has(key)) return;
    const leave = (uid: string | undefined): void => {
      for (const resolve of leaving.get(uid ?? '') ?? []) resolve();
      leaving.delete(uid ?? '');
    };
    const off = informer.subscribe({
      updated: (object) => {
        if (object.metadata.deletionTimestamp) leave(object.metadata.uid);
      },
      deleted: (object) => leave(object.metadata.uid),
    });
    unsubscribe.set(key, off);
  };

  const isShown = (write: OwnWrite): boolean => {
    const informer = view.informerOf(write.ref);
    // What a controller does not read, it cannot be misled by.
    if (!informer) return true;
    if (write.type === 'version') return informer.resourceVersion >= write.resourceVersion;
    const object = informer.lister.get(write.name, write.namespace);
    return object?.metadata.uid !== write.uid || object.metadata.deletionTimestamp !== undefined;
  };

  const whenOneShown = async (write: OwnWrite): Promise<void> => {
    if (isShown(write)) return;
    if (write.type === 'version') return view.informerOf(write.ref)?.whenAt(write.resourceVersion);
    watchDepartures(write.ref);
    const left = createDeferred<void>();
    const waiting = leaving.get(write.uid) ?? [];
    leaving.set(write.uid, [...waiting, () => left.resolve()]);
    return left.promise;
  };

  return {
    record(key, writes) {
      const relevant = writes.filter((write) => view.informerOf(write.ref));
      if (relevant.length > 0) pending.set(key, [...(pending.get(key) ?? []), ...relevant]);
    },
    whenShown(key) {
      const unseen = (pending.get(key) ?? []).filter((write) => !isShown(write));
      if (unseen.length === 0) {
        pending.delete(key);
        return undefined;
      }
      const cancelWait = new AbortController();
      const shown = Promise.all(unseen.map(whenOneShown)).then(() => true);
      const timedOut = sleep(time, maxWaitMs, cancelWait.signal).then(() => {
        if (!cancelWait.signal.aborted) pending.delete(key);
        return false;
      });
      return Promise.race([shown, timedOut]).finally(() => cancelWait.abort());
    },
    stop() {
      for (const off of unsubscribe.values()) off();
      pending.clear();
      leaving.clear();
    },
  };
}
