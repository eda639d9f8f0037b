import type { CancelSignal } from '@trireme/ports';

/** Waits for a call, or until the signal aborts, whichever is first. The call itself goes on; its late failure is dropped. */
export function unlessAborted(call: Promise<void>, signal: CancelSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve();
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) resolve();
    call.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
