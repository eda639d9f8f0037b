import { createHeap, invariant } from '@trireme/base';
import type { Time, Timer } from '@trireme/ports';

/**
 * Time that moves only when a test says so. Timers fire in order of their due time, then of their making; between two
 * firings everything that is ready to run (promises and what they start) runs to its end. Wall time may be skewed
 * against monotonic time to play a jumping clock.
 */
export interface VirtualTime extends Time {
  /** Moves on by `durationMs`, firing what falls due on the way. */
  advance(durationMs: number): Promise<void>;
  /** Moves on until `condition` holds, firing timers; throws after `limitMs` of virtual time. */
  advanceUntil(condition: () => boolean, limitMs: number, what?: string): Promise<void>;
  /** Lets everything run that needs no time to pass. */
  settle(): Promise<void>;
  /** Makes the wall clock jump; timers and monotonic time do not notice. */
  skewWallClock(byMs: number): void;
  /** Timers that wait. */
  readonly pending: number;
}

// Far more than happens at one moment in any simulation that gets on.
const mostInPlace = 100_000;

interface Entry {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** Starts at `startMs` (wall time, by default 2026-01-01T00:00:00Z). */
export function createVirtualTime(startMs = Date.UTC(2026, 0, 1)): VirtualTime {
  let elapsedMs = 0;
  let skewMs = 0;
  let made = 0;
  let firedInPlace = 0;
  const waiting = createHeap<Entry>((a, b) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order));

  const nextDue = (): Entry | undefined => {
    while (waiting.peek()?.cancelled) waiting.pop();
    return waiting.peek();
  };
  const settle = async (): Promise<void> => {
    // Two turns: what the first turn's microtasks post to the next turn runs in the second.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  };
  const fireNext = async (limitMs: number): Promise<boolean> => {
    const entry = nextDue();
    if (!entry || entry.dueMs > limitMs) return false;
    waiting.pop();
    firedInPlace = entry.dueMs > elapsedMs ? 0 : firedInPlace + 1;
    if (firedInPlace > mostInPlace) {
      throw new Error(
        `virtual time stands still at ${elapsedMs} ms: timers without a delay are set again and again. The last one: ${entry.callback}`,
      );
    }
    elapsedMs = Math.max(elapsedMs, entry.dueMs);
    entry.cancelled = true;
    entry.callback();
    await settle();
    return true;
  };

  return {
    now: () => startMs + elapsedMs + skewMs,
    monotonic: () => elapsedMs,
    after(delayMs, callback): Timer {
      invariant(Number.isFinite(delayMs), `a timer needs a finite delay, got ${delayMs}`);
      const entry: Entry = { dueMs: elapsedMs + Math.max(0, delayMs), order: made++, callback, cancelled: false };
      waiting.push(entry);
      return {
        cancel() {
          entry.cancelled = true;
        },
      };
    },
    async advance(durationMs) {
      const targetMs = elapsedMs + durationMs;
      await settle();
      while (await fireNext(targetMs));
      elapsedMs = targetMs;
    },
    async advanceUntil(condition, limitMs, what = 'the condition') {
      const deadlineMs = elapsedMs + limitMs;
      await settle();
      while (!condition()) {
        if (!(await fireNext(deadlineMs)))
          throw new Error(`${what} did not come true within ${limitMs} ms of virtual time`);
      }
    },
    settle,
    skewWallClock(byMs) {
      skewMs += byMs;
    },
    get pending() {
      return waiting.items().filter((entry) => !entry.cancelled).length;
    },
  };
}
