import type { Time } from '@trireme/ports';

/** The world's own time, for tests that talk to other processes. */
export const realTime: Time = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
