import type { CancelSignal, Timers } from '@trireme/ports';

/** A signal that aborts by itself after a while: a client that gives up. */
export function abortAfter(timers: Timers, afterMs: number): CancelSignal {
  const listeners = new Set<() => void>();
  let aborted = false;
  timers.after(afterMs, () => {
    aborted = true;
    for (const listener of [...listeners]) listener();
  });
  return {
    get aborted() {
      return aborted;
    },
    addEventListener: (_type, listener) => void listeners.add(listener),
    removeEventListener: (_type, listener) => void listeners.delete(listener),
  };
}
