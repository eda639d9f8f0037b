import { createDeferred } from '@trireme/base';
import type { Timer, Timers } from '@trireme/ports';
import { etcdFailure } from '../mapping/index.ts';

/** Streams are dear to make again, so they outlive an election. As in etcd. */
const patience = 3;

/** Ends those who need a leader when there was none for long. It costs nothing while nobody does. */
export interface LeaderWatch {
  /** The promise only ever rejects. */
  add(): { readonly promise: Promise<never>; leave(): void };
}

export function createLeaderWatch(
  deps: { readonly timers: Timers; readonly hasLeader: () => boolean },
  electionTimeoutMs: number,
): LeaderWatch {
  const streams = new Set<(error: Error) => void>();
  let timer: Timer | undefined;
  let missing = 0;

  const look = (): void => {
    timer = undefined;
    missing = deps.hasLeader() ? 0 : missing + 1;
    if (missing >= patience) for (const end of [...streams]) end(etcdFailure('no-leader'));
    schedule();
  };
  const schedule = (): void => {
    if (streams.size > 0) timer ??= deps.timers.after(electionTimeoutMs, look);
  };

  return {
    add() {
      const lost = createDeferred<never>();
      lost.promise.catch(() => undefined);
      if (streams.size === 0) missing = 0;
      streams.add(lost.reject);
      schedule();
      return {
        promise: lost.promise,
        leave() {
          streams.delete(lost.reject);
          if (streams.size > 0) return;
          timer?.cancel();
          timer = undefined;
        },
      };
    },
  };
}
