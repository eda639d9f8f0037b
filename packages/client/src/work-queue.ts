import { createHeap } from '@trireme/base';

/**
 * Keys that wait to be worked on. The rules are those of client-go's workqueue:
 * - a key waits at most once, however often it is added;
 * - a key is worked on by one worker at a time: added meanwhile, it waits again when that worker is done;
 * - a key that keeps failing comes back ever later.
 * Time is an argument: the queue starts no timer. Its owner calls `take` when something was added, when a worker is free,
 * and at `nextDueMs`. Milliseconds are of one monotonic clock.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds the key at `nowMs + delayMs`. Of several delays for a key, the earliest counts. */
  addAfter(key: string, delayMs: number, nowMs: number): void;
  /** Adds the key after its backoff, which doubles with each call until `forget`. Returns the delay. */
  addRateLimited(key: string, nowMs: number): number;
  /** The key has succeeded: its backoff starts over. */
  forget(key: string): void;
  failures(key: string): number;
  /** The next key to work on, in order of arrival; its worker must call `done`. */
  take(nowMs: number): string | undefined;
  done(key: string): void;
  /** When the next delayed key falls due. */
  nextDueMs(): number | undefined;
  /** Keys that are ready now (delayed ones not counted). */
  readonly size: number;
  readonly delayed: number;
  readonly processing: number;
}

export interface WorkQueueOptions {
  /** The delay after the first failure. Default 5. */
  readonly baseDelayMs?: number;
  /** Default 1 000 000 (1000 s). */
  readonly maxDelayMs?: number;
}

interface Delayed {
  readonly key: string;
  readonly dueMs: number;
  readonly order: number;
}

export function createWorkQueue(options: WorkQueueOptions = {}): WorkQueue {
  const { baseDelayMs = 5, maxDelayMs = 1_000_000 } = options;
  /** Keys that need work. Insertion order is the order of arrival; a key in `processing` waits for its `done`. */
  const ready = new Set<string>();
  const again = new Set<string>();
  const processing = new Set<string>();
  const failures = new Map<string, number>();
  const delayedByKey = new Map<string, Delayed>();
  // An entry that was replaced by an earlier one for its key stays inside until it comes to the top.
  const heap = createHeap<Delayed>((a, b) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order));
  const nextDelayed = (): Delayed | undefined => {
    for (let entry = heap.peek(); entry && delayedByKey.get(entry.key) !== entry; entry = heap.peek()) heap.pop();
    return heap.peek();
  };
  let made = 0;

  const add = (key: string): void => {
    if (processing.has(key)) again.add(key);
    else ready.add(key);
  };
  const release = (nowMs: number): void => {
    for (let entry = nextDelayed(); entry && entry.dueMs <= nowMs; entry = nextDelayed()) {
      delayedByKey.delete(entry.key);
      add(entry.key);
    }
  };
  const addAfter = (key: string, delayMs: number, nowMs: number): void => {
    if (delayMs <= 0) {
      add(key);
      return;
    }
    // What has fallen due already is no delay any more, and must not swallow this one.
    release(nowMs);
    const dueMs = nowMs + delayMs;
    const known = delayedByKey.get(key);
    if (known && known.dueMs <= dueMs) return;
    const entry = { key, dueMs, order: made++ };
    delayedByKey.set(key, entry);
    heap.push(entry);
  };
  return {
    add,
    addAfter,
    addRateLimited(key, nowMs) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      const delayMs = Math.min(baseDelayMs * 2 ** count, maxDelayMs);
      addAfter(key, delayMs, nowMs);
      return delayMs;
    },
    forget: (key) => void failures.delete(key),
    failures: (key) => failures.get(key) ?? 0,
    take(nowMs) {
      release(nowMs);
      for (const key of ready) {
        ready.delete(key);
        processing.add(key);
        return key;
      }
      return undefined;
    },
    done(key) {
      processing.delete(key);
      if (again.delete(key)) ready.add(key);
    },
    nextDueMs: () => nextDelayed()?.dueMs,
    get size() {
      return ready.size;
    },
    get delayed() {
      return delayedByKey.size;
    },
    get processing() {
      return processing.size;
    },
  };
}
