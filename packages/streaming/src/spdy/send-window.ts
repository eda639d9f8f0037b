import { createDeferred, type Deferred } from '@trireme/base';
import { SpdyError } from './spdy-error.ts';

/** How many bytes the other side still takes; it says when it takes more. */
export interface SendWindow {
  /** Takes up to `wantedBytes`, and waits while there is none. Resolves to 0 once the window is closed. */
  take(wantedBytes: number): Promise<number>;
  /** May be negative, when the other side shrinks its windows. */
  grow(deltaBytes: number): void;
  close(): void;
}

const largestWindow = 0x7fff_ffff;

export function createSendWindow(initialBytes: number): SendWindow {
  let left = initialBytes;
  let closed = false;
  let waiting: Deferred<void> | undefined;

  const wake = (): void => {
    waiting?.resolve();
    waiting = undefined;
  };
  return {
    async take(wantedBytes) {
      while (left <= 0 && !closed) {
        waiting ??= createDeferred();
        await waiting.promise;
      }
      if (closed) return 0;
      const size = Math.min(left, wantedBytes);
      left -= size;
      return size;
    },
    grow(deltaBytes) {
      left += deltaBytes;
      if (left > largestWindow) throw new SpdyError('a WINDOW_UPDATE makes a window larger than 2 GiB');
      if (left > 0) wake();
    },
    close() {
      closed = true;
      wake();
    },
  };
}
