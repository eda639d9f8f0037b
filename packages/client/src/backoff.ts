import type { Clock, Random } from '@trireme/ports';

export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** A delay is lengthened by up to this share of itself, so that many clients do not come back in step. */
  readonly jitter: number;
  /** After this long without a failure the delay starts over. */
  readonly resetAfterMs: number;
}

export interface Backoff {
  /** The delay before the next try. Grows with every call until `reset`, or until failures have become rare. */
  nextDelayMs(): number;
  reset(): void;
}

export function createBackoff(deps: { clock: Clock; random: Random }, options: BackoffOptions): Backoff {
  let delayMs = options.initialMs;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    nextDelayMs() {
      const nowMs = deps.clock.monotonic();
      if (nowMs - lastMs > options.resetAfterMs) delayMs = options.initialMs;
      lastMs = nowMs;
      const jittered = delayMs * (1 + options.jitter * deps.random.float());
      delayMs = Math.min(delayMs * options.factor, options.maxMs);
      return jittered;
    },
    reset() {
      delayMs = options.initialMs;
    },
  };
}
