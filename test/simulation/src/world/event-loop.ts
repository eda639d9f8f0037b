import { createHeap, invariant } from '@trireme/base';
import type { Time, Timer } from '@trireme/ports';

/**
 * The time of a simulated world: one event after another, and after each everything that it made ready to run. It is
 * `createVirtualTime` for many short runs: it stops between any two events, and passes from one to the next without a
 * turn of the platform's own loop, which would cost more than most events.
 */
export interface EventLoop extends Time {
  readonly events: number;
  /** Runs until `isDone`, which is asked between events; false where that did not come within the time. */
  run(isDone: () => boolean, limitMs: number): Promise<boolean>;
}

export interface EventLoopOptions {
  /** Called between events, when everything has settled. */
  readonly settled?: () => void;
  /** Called as an event begins. */
  readonly event?: (nowMs: number) => void;
}

interface Entry {
  readonly dueMs: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** Between two callbacks of the platform all microtasks run; so many callbacks are queued at once. */
const batch = 128;
const mostInPlace = 50_000;
const startMs = Date.UTC(2026, 0, 1);

export function createEventLoop(options: EventLoopOptions = {}): EventLoop {
  let nowMs = 0;
  let made = 0;
  let events = 0;
  let inPlace = 0;
  const waiting = createHeap<Entry>((a, b) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order));

  const fireNext = (limitMs: number): boolean => {
    while (waiting.peek()?.callback === undefined && waiting.size > 0) waiting.pop();
    const entry = waiting.peek();
    if (!entry || entry.dueMs > limitMs) return false;
    waiting.pop();
    inPlace = entry.dueMs > nowMs ? 0 : inPlace + 1;
    invariant(
      inPlace < mostInPlace,
      `time stands still at ${nowMs} ms: timers without a delay are set again and again`,
    );
    nowMs = entry.dueMs;
    events += 1;
    options.event?.(nowMs);
    const { callback } = entry;
    entry.callback = undefined;
    callback?.();
    return true;
  };

  return {
    get events() {
      return events;
    },
    now: () => startMs + nowMs,
    monotonic: () => nowMs,
    after(delayMs, callback): Timer {
      invariant(Number.isFinite(delayMs), `a timer needs a finite delay, got ${delayMs}`);
      const entry: Entry = { dueMs: nowMs + Math.max(0, delayMs), order: made++, callback };
      waiting.push(entry);
      return {
        cancel() {
          entry.callback = undefined;
        },
      };
    },
    run(isDone, limitMs) {
      const deadlineMs = nowMs + limitMs;
      return new Promise((resolve, reject) => {
        let over = false;
        const step = (): void => {
          if (over) return;
          try {
            options.settled?.();
            const done = isDone();
            if (!done && fireNext(deadlineMs)) return;
            over = true;
            if (!done) nowMs = deadlineMs;
            resolve(done);
          } catch (error) {
            over = true;
            reject(error as Error);
          }
        };
        const queue = (): void => {
          if (over) return;
          for (let i = 0; i < batch; i++) setImmediate(step);
          setImmediate(queue);
        };
        queue();
      });
    },
  };
}
