import type { KvError, Timer, WatchRequest, WatchStream } from '@trireme/ports';
import type { State } from './state.ts';
import { createWatchStream, type OpenStream } from './watch-stream.ts';

/** Who watches through this member. */
export interface OpenWatches {
  /** Throws where nobody may. */
  open(request: WatchRequest): WatchStream;
  endAll(error: KvError): void;
}

export function createOpenWatches({ hub, time, options }: State, refusal: () => KvError | undefined): OpenWatches {
  const streams = new Set<OpenStream>();
  let timer: Timer | undefined;
  const scheduleProgress = (): void => {
    timer ??= time.after(options.progressIntervalMs, () => {
      timer = undefined;
      if (streams.size === 0) return;
      scheduleProgress();
      hub.progress();
    });
  };
  return {
    open(request) {
      const refused = refusal();
      if (refused) throw refused;
      if (request.progressNotify) scheduleProgress();
      const open = createWatchStream({ hub, timers: time, refusal, onEnd: () => streams.delete(open) }, request);
      streams.add(open);
      return open.stream;
    },
    endAll(error) {
      timer?.cancel();
      timer = undefined;
      for (const stream of [...streams]) stream.stop(error);
    },
  };
}
