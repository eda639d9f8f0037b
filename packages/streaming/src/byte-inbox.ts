import { type Bytes, createAsyncQueue, createDeferred, type Deferred } from '@trireme/base';

/**
 * What has arrived for one reader and is not read yet. The producer is told by `room` when to go on, so that what waits
 * stays bounded; a reader that leaves, or `discard`, lets everything pass.
 */
export interface ByteInbox {
  readonly incoming: AsyncIterable<Bytes>;
  push(bytes: Bytes): void;
  end(): void;
  discard(): void;
  /** Resolves when less than the limit waits. */
  room(): Promise<void>;
}

/** `onTaken` hears of every byte that has been read, or let pass. */
export function createByteInbox(limitBytes: number, onTaken?: (sizeBytes: number) => void): ByteInbox {
  const queue = createAsyncQueue<Bytes>();
  let waitingBytes = 0;
  let discarding = false;
  let full: Deferred<void> | undefined;

  const taken = (sizeBytes: number): void => {
    waitingBytes -= sizeBytes;
    if (sizeBytes > 0) onTaken?.(sizeBytes);
    if (waitingBytes < limitBytes) full?.resolve();
  };
  const discard = (): void => {
    discarding = true;
    taken(waitingBytes);
    queue.end();
  };
  return {
    incoming: {
      [Symbol.asyncIterator]() {
        const source = queue[Symbol.asyncIterator]();
        return {
          async next() {
            const next = await source.next();
            if (!next.done && !discarding) taken(next.value.length);
            return next;
          },
          async return() {
            discard();
            return (await source.return?.()) ?? { done: true, value: undefined };
          },
        };
      },
    },
    push(bytes) {
      if (bytes.length === 0) return;
      if (discarding || queue.closed) return onTaken?.(bytes.length);
      waitingBytes += bytes.length;
      queue.push(bytes);
    },
    end: () => queue.end(),
    discard,
    room() {
      if (waitingBytes < limitBytes) return Promise.resolve();
      full = createDeferred();
      return full.promise;
    },
  };
}
