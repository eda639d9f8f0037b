import { createDeferred, type Deferred } from './deferred.ts';

/**
 * A single-consumer stream fed by a synchronous producer: what is pushed is read in order through `for await`.
 * `end` lets the reader finish what waits; `fail` makes the next read throw once what waits is read. The producer sees
 * `size`, and is the one to bound it.
 */
export interface AsyncQueue<T> extends AsyncIterable<T> {
  readonly size: number;
  readonly closed: boolean;
  push(item: T): void;
  end(): void;
  fail(error: unknown): void;
}

/** `onReturn` runs once when the reader leaves its loop early, so that the producer can let go of its source. */
export function createAsyncQueue<T>(onReturn?: () => void): AsyncQueue<T> {
  let items: T[] = [];
  let head = 0;
  let waiting: Deferred<IteratorResult<T>> | undefined;
  let ending: { readonly error?: unknown; readonly failed: boolean } | undefined;

  const settle = (outcome: { readonly error?: unknown; readonly failed: boolean }): void => {
    if (ending) return;
    ending = outcome;
    const reader = waiting;
    waiting = undefined;
    if (!reader) return;
    if (outcome.failed) reader.reject(outcome.error);
    else reader.resolve({ done: true, value: undefined });
  };

  const next = (): Promise<IteratorResult<T>> => {
    if (head < items.length) {
      const value = items[head++] as T;
      if (head === items.length || head > 1024) {
        items = items.slice(head);
        head = 0;
      }
      return Promise.resolve({ done: false, value });
    }
    if (ending) return ending.failed ? Promise.reject(ending.error) : Promise.resolve({ done: true, value: undefined });
    waiting = createDeferred();
    return waiting.promise;
  };

  return {
    get size() {
      return items.length - head;
    },
    get closed() {
      return ending !== undefined;
    },
    push(item) {
      if (ending) return;
      if (waiting) {
        const reader = waiting;
        waiting = undefined;
        reader.resolve({ done: false, value: item });
      } else items.push(item);
    },
    end: () => settle({ failed: false }),
    fail: (error) => settle({ failed: true, error }),
    [Symbol.asyncIterator]: () => ({
      next,
      return: () => {
        items = [];
        head = 0;
        settle({ failed: false });
        onReturn?.();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}
