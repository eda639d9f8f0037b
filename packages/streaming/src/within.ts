import type { Time } from '@trireme/ports';

/** Resolves with the work, or with undefined once the time is over. No timer is left behind. */
export function within<T>(time: Time, ms: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = time.after(ms, () => resolve(undefined));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
