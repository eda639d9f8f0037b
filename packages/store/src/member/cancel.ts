import type { Deferred } from '@trireme/base';
import { type CancelSignal, KvError } from '@trireme/ports';

/** Lets a caller give up waiting: `forget` is called, and the caller gets `cancelled`. */
export function onCancel<T>(signal: CancelSignal | undefined, deferred: Deferred<T>, forget: () => void): Promise<T> {
  if (!signal) return deferred.promise;
  const abort = (): void => {
    forget();
    deferred.reject(new KvError('cancelled', 'The caller gave up waiting. A write may still happen.'));
  };
  if (signal.aborted) abort();
  else {
    signal.addEventListener('abort', abort);
    const done = (): void => signal.removeEventListener('abort', abort);
    deferred.promise.then(done, done);
  }
  return deferred.promise;
}
