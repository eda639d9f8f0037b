/** Reads time. Under simulation both readings come from the virtual clock. */
export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. It may jump; use it for what people and the API see. */
  now(): number;
  /** Milliseconds since some fixed moment, never running backwards. Use it to measure and for timeouts. */
  monotonic(): number;
}

export interface Timer {
  /** Stops the timer if it has not fired. Safe to repeat. */
  cancel(): void;
}

/** Calls back later. The callback runs once, never inside `after` itself. */
export interface Timers {
  after(delayMs: number, callback: () => void): Timer;
  /**
   * Calls back without delay, but after all that this turn of the event loop brings: so that what arrives together is done
   * together. Where there are no turns, as under virtual time, it is missing, and a microtask does.
   */
  readonly soon?: ((callback: () => void) => void) | undefined;
}

/** Clock and timers of one world, as most components take them. */
export interface Time extends Clock, Timers {}

/** Resolves after `delayMs`, or at once when `signal` aborts (it does not reject: the caller looks at the signal). */
export function sleep(timers: Timers, delayMs: number, signal?: CancelSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = timers.after(delayMs, done);
    signal?.addEventListener('abort', done);
  });
}

/** The part of the platform's AbortSignal that is used: a real AbortSignal is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
