import { createDeferred, type Deferred } from '@trireme/base';
import type { KvEvent, Revision, WatchRequest, WatchResponse, WatchStream } from '@trireme/ports';
import { type Change, inRange, type MemorySpace } from './memory-kv-space.ts';

export interface MemoryWatch {
  readonly stream: WatchStream;
  /** Called after every change and compaction. */
  wake(change?: Change): void;
  /** Called when the idle interval for automatic progress has passed. */
  idle(): void;
}

/** A watch that reads from history whenever its consumer asks, so that a slow consumer holds nothing. */
export function createMemoryWatch(space: MemorySpace, request: WatchRequest, onEnd: () => void): MemoryWatch {
  // The empty key stands for the smallest one, as in etcd.
  const range = request.key.length > 0 ? request : { ...request, key: new Uint8Array([0]) };
  let next: Revision = request.startRevision || space.revision + 1;
  let created = false;
  let ended = false;
  let progressWanted = false;
  let waiting: Deferred<IteratorResult<WatchResponse>> | undefined;

  const end = (): void => {
    if (ended) return;
    ended = true;
    waiting?.resolve({ done: true, value: undefined });
    waiting = undefined;
    onEnd();
  };

  const wanted = (change: Change): KvEvent[] =>
    change.events
      .filter((event) => inRange(range, event.kv.key) && !request.filters?.includes(`no-${event.type}`))
      .map((event) => {
        const known = request.prevKv && change.revision > space.compactRevision;
        return known ? event : { type: event.type, kv: event.kv };
      });

  const readHistory = (): WatchResponse | undefined => {
    if (next < space.compactRevision) return { type: 'compacted', compactRevision: space.compactRevision };
    for (const change of space.changesFrom(next)) {
      next = change.revision + 1;
      const events = wanted(change);
      if (events.length > 0) return { type: 'events', revision: change.revision, events };
    }
    return undefined;
  };

  const poll = (): WatchResponse | undefined => {
    if (!created) {
      created = true;
      return { type: 'created', revision: space.revision };
    }
    const response = readHistory();
    if (response) return response;
    if (!progressWanted) return undefined;
    progressWanted = false;
    return { type: 'progress', revision: space.revision };
  };

  const wake = (change?: Change): void => {
    // A consumer that is up to date stays so while nothing for it happens, whatever is compacted meanwhile.
    if (change && next === change.revision && wanted(change).length === 0) next += 1;
    if (!waiting) return;
    const response = poll();
    if (!response) return;
    const reader = waiting;
    waiting = undefined;
    reader.resolve({ done: false, value: response });
    if (response.type === 'compacted') end();
  };

  const read = (): Promise<IteratorResult<WatchResponse>> => {
    if (ended) return Promise.resolve({ done: true, value: undefined });
    waiting = createDeferred();
    const { promise } = waiting;
    wake();
    return promise;
  };

  return {
    stream: {
      cancel: end,
      requestProgress() {
        progressWanted = true;
        wake();
      },
      [Symbol.asyncIterator]: () => ({
        next: read,
        return: () => {
          end();
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    },
    wake,
    idle() {
      if (!request.progressNotify) return;
      progressWanted = true;
      wake();
    },
  };
}
