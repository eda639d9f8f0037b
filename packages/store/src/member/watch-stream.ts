import { createDeferred, type Deferred } from '@trireme/base';
import { KvError, type Timers, type WatchRequest, type WatchResponse, type WatchStream } from '@trireme/ports';
import type { Watcher, WatchHub } from '../mvcc/index.ts';

/** Reads of history in one turn; each takes some milliseconds. */
const readsPerTurn = 2;

export interface OpenStream {
  readonly stream: WatchStream;
  /** This member serves watches no more: the reader hears it after what waits for it. */
  stop(error: KvError): void;
}

/** A watcher of the local replica as a stream for one reader. Nothing runs while the reader does not ask. */
export function createWatchStream(
  deps: {
    readonly hub: WatchHub;
    readonly timers: Timers;
    readonly onEnd: () => void;
    /** Why nobody may watch here now. */
    readonly refusal: () => KvError | undefined;
  },
  request: WatchRequest,
): OpenStream {
  let waiting: Deferred<IteratorResult<WatchResponse>> | undefined;
  let polling = false;
  let again = false;
  let ended = false;
  /** Reads of history without a pause. */
  let readInARow = 0;
  let failure: KvError | undefined;
  const watcher: Watcher = deps.hub.watch(request, () => {
    // A watcher that reads history asks for another turn from inside its poll.
    if (polling) again = true;
    else deliver();
  });

  const finish = (): void => {
    if (ended) return;
    ended = true;
    watcher.cancel();
    const reader = waiting;
    waiting = undefined;
    if (failure) reader?.reject(failure);
    else reader?.resolve({ done: true, value: undefined });
    deps.onEnd();
  };

  /** An event whose value this member has lost ends the stream: the reader goes on at another member. */
  function poll(): WatchResponse | KvError | undefined {
    try {
      return watcher.poll();
    } catch (error) {
      if (error instanceof KvError) return deps.refusal() ?? error;
      throw error;
    }
  }

  function deliver(): void {
    if (!waiting || ended) return;
    polling = true;
    const response = poll();
    polling = false;
    if (response instanceof KvError) {
      const reader = waiting;
      waiting = undefined;
      reader.reject(response);
      finish();
    } else if (response) {
      const reader = waiting;
      waiting = undefined;
      reader.resolve({ done: false, value: response });
      if (response.type === 'compacted') finish();
    } else if (again) deps.timers.after(0, deliver);
    again = false;
  }

  const next = (): Promise<IteratorResult<WatchResponse>> => {
    if (ended) return failure ? Promise.reject(failure) : Promise.resolve({ done: true, value: undefined });
    waiting = createDeferred();
    const { promise } = waiting;
    readInARow = watcher.isBehind ? readInARow + 1 : 0;
    // A reader that is always ready for more of history would never let anybody else have a turn.
    if (readInARow > 0 && readInARow % readsPerTurn === 0) deps.timers.after(0, deliver);
    else deliver();
    return promise;
  };

  return {
    stream: {
      cancel: finish,
      requestProgress: () => watcher.requestProgress(),
      [Symbol.asyncIterator]: () => ({
        next,
        return: () => {
          finish();
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    },
    stop(error) {
      if (!ended) failure = error;
      finish();
    },
  };
}

export function stoppedError(): KvError {
  return new KvError('stopped', 'This member was stopped. Ask another one.');
}
