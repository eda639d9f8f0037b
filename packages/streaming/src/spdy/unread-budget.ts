import { createDeferred, type Deferred } from '@trireme/base';

/** What all streams of one connection hold unread together. */
export interface UnreadBudget {
  add(sizeBytes: number): void;
  release(sizeBytes: number): void;
  /** Resolves when less than the limit is held. */
  room(): Promise<void>;
}

export function createUnreadBudget(limitBytes: number): UnreadBudget {
  let heldBytes = 0;
  let full: Deferred<void> | undefined;
  return {
    add(sizeBytes) {
      heldBytes += sizeBytes;
    },
    release(sizeBytes) {
      heldBytes -= sizeBytes;
      if (heldBytes < limitBytes) full?.resolve();
    },
    room() {
      if (heldBytes < limitBytes) return Promise.resolve();
      full = createDeferred();
      return full.promise;
    },
  };
}
