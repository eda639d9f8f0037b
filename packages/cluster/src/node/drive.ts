import { CodedError } from '@trireme/base';
import type { VirtualTime } from '@trireme/testkit';

const endlessMs = 365 * 24 * 3600 * 1000;

/**
 * Makes virtual time pass as long as somebody waits. All who wait share one loop, so time never passes twice; between two
 * timers everything runs that can, callers included, so what they do next happens at the same moment on every run.
 */
export function createDrive(time: VirtualTime): <T>(work: Promise<T>) => Promise<T> {
  let waiting = 0;
  let turning: Promise<void> | undefined;
  const turn = async (): Promise<void> => {
    try {
      while (waiting > 0) await time.advanceUntil(() => waiting === 0, endlessMs, 'what is waited for');
    } finally {
      turning = undefined;
    }
  };
  return (work) => {
    waiting += 1;
    const settled = (): void => {
      waiting -= 1;
    };
    work.then(settled, settled);
    turning ??= turn();
    const stuck = turning.then(() => {
      throw new CodedError('stuck', 'virtual time stopped while somebody waited: nothing is left that could happen.');
    });
    return Promise.race([work, stuck]);
  };
}
