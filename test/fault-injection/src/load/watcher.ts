import type { WatchRecord } from '@trireme/linearizability';
import type { KeyRange, Kv, Revision, WatchResponse } from '@trireme/ports';
import type { Truth } from './truth.ts';

/** A watch of everything, open until it is stopped. It goes on where it was when its connection is lost. */
export interface Watcher extends WatchRecord {
  readonly name: string;
  /** Everything up to here was told. */
  readonly toldThrough: Revision;
  /** What it failed with, if it did. */
  readonly failure: unknown;
  askProgress(): void;
  stop(): void;
}

export const everything: KeyRange = { key: new Uint8Array([0]), rangeEnd: new Uint8Array([0]) };

export function startWatcher(name: string, kv: Kv, startRevision: Revision, truth: Truth): Watcher {
  const request = { ...everything, startRevision, prevKv: true };
  const responses: WatchResponse[] = [];
  const stream = kv.watch(request);
  let toldThrough: Revision = startRevision - 1;
  let ended = false;
  let stopped = false;
  let failure: unknown;
  const read = async (): Promise<void> => {
    try {
      for await (const response of stream) {
        responses.push(response);
        if (response.type === 'events') truth.tell(name, response.events);
        if (response.type === 'events' || response.type === 'progress')
          toldThrough = Math.max(toldThrough, response.revision);
      }
      ended = !stopped;
    } catch (error) {
      if (!stopped) failure = error;
    }
  };
  void read();
  return {
    ...{ name, request, responses },
    get ended() {
      return ended;
    },
    get toldThrough() {
      return toldThrough;
    },
    get failure() {
      return failure;
    },
    askProgress: () => stream.requestProgress(),
    stop() {
      stopped = true;
      stream.cancel();
    },
  };
}
