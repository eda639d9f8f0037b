import { CodedError } from '@trireme/base';
import type { CancelSignal, Timers } from '@trireme/ports';

/** How long the API may take to answer. A connection that hangs must not hold up heartbeats and pods for ever. */
export const apiDeadlineMs = 10_000;

/** Runs a call to the API; at the deadline it is cancelled, and given up even where it does not heed that. */
export function withDeadline<T>(timers: Timers, what: string, call: (signal: CancelSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = timers.after(apiDeadlineMs, () => {
      reject(new CodedError('timeout', `${what}: the API did not answer within ${apiDeadlineMs / 1000} s`));
      controller.abort();
    });
    call(controller.signal)
      .then(resolve, reject)
      .finally(() => timer.cancel());
  });
}
