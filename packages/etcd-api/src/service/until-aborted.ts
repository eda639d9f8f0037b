import type { CancelSignal } from '@trireme/ports';

export function untilAborted(signal: CancelSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', resolve);
  });
}
