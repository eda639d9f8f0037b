import { messageOf } from '@trireme/base';
import type { Logger, Time, Timer } from '@trireme/ports';

export interface SyncLoop {
  /** Asks for a run soon; many asks make one run. */
  request(): void;
  /** Resolves after the first run that succeeded, or once the loop has stopped. */
  whenDone(): Promise<void>;
  /** No run begins any more; resolves once the one under way has ended. */
  stop(): Promise<void>;
}

export interface SyncLoopOptions {
  /** From the end of one run to the start of the next. */
  readonly minPauseMs: number;
  /** A run that nobody asked for follows the last one after this long. */
  readonly resyncMs: number;
  readonly what: string;
}

const firstRetryMs = 500;
const maxRetryMs = 30_000;

/**
 * Runs one thing again and again, never twice at once: soon after it was asked for, after `resyncMs` by itself, and after a
 * failure ever more slowly. `run` is told whether it runs by itself.
 */
export function createSyncLoop(
  deps: { readonly time: Time; readonly logger: Logger },
  options: SyncLoopOptions,
  run: (isResync: boolean) => Promise<void>,
): SyncLoop {
  const { time, logger } = deps;
  const waiting: (() => void)[] = [];
  let timer: Timer | undefined;
  let running: Promise<void> | undefined;
  let [requested, stopped, done] = [false, false, false];
  let earliestMs = 0;
  let retryMs = firstRetryMs;

  const settle = (): void => {
    done = true;
    for (const resolve of waiting.splice(0)) resolve();
  };
  const schedule = (delayMs: number, isResync: boolean): void => {
    timer?.cancel();
    timer = undefined;
    if (!stopped) timer = time.after(delayMs, () => void begin(isResync));
  };
  const begin = (isResync: boolean): Promise<void> => {
    running = perform(isResync).finally(() => {
      running = undefined;
    });
    return running;
  };
  const perform = async (isResync: boolean): Promise<void> => {
    requested = false;
    let failed = false;
    try {
      await run(isResync);
      retryMs = firstRetryMs;
    } catch (error) {
      failed = true;
      logger.log('warn', `could not ${options.what}, trying again`, { error: messageOf(error), retryMs });
    }
    earliestMs = time.monotonic() + (failed ? retryMs : options.minPauseMs);
    if (!failed) settle();
    // A resync that failed has not looked at everything, so it is repeated as one.
    if (failed) schedule(retryMs, isResync);
    else if (requested) schedule(options.minPauseMs, false);
    else schedule(options.resyncMs, true);
    if (failed) retryMs = Math.min(retryMs * 2, maxRetryMs);
  };
  return {
    request() {
      if (requested) return;
      requested = true;
      if (!running) schedule(Math.max(0, earliestMs - time.monotonic()), false);
    },
    whenDone: () => (done || stopped ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    async stop() {
      stopped = true;
      timer?.cancel();
      await running;
      settle();
    },
  };
}
