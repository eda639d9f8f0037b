import type { Time } from '@trireme/ports';

// setTimeout's delays are 32-bit; a longer one would fire at once.
const longestTimerMs = 2 ** 31 - 1;

/** The machine's own clock and timers. Timers do not keep the process alive unless `keepAlive` says so. */
export function createSystemTime(options: { readonly keepAlive?: boolean } = {}): Time {
  const keepAlive = options.keepAlive ?? true;
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after(delayMs, callback) {
      const handle = setTimeout(callback, Math.min(Math.max(0, delayMs), longestTimerMs));
      if (!keepAlive) handle.unref();
      return { cancel: () => clearTimeout(handle) };
    },
    soon: (callback) => void setImmediate(callback),
  };
}
