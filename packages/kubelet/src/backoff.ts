/** An exponential wait that forgets: after twice the longest wait without use it starts from the beginning. */
export interface Backoff {
  readonly delayMs: number;
  readonly updatedAtMs: number;
}

export interface BackoffLimits {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** For crashing containers and for images alike: 10 s doubling to 5 min. */
export const defaultBackoffLimits: BackoffLimits = { initialMs: 10_000, maxMs: 300_000 };

const expired = (backoff: Backoff, eventMs: number, limits: BackoffLimits): boolean =>
  eventMs - backoff.updatedAtMs > 2 * limits.maxMs;

export function nextBackoff(
  backoff: Backoff | undefined,
  eventMs: number,
  nowMs: number,
  limits: BackoffLimits,
): Backoff {
  if (!backoff || expired(backoff, eventMs, limits)) return { delayMs: limits.initialMs, updatedAtMs: nowMs };
  return { delayMs: Math.min(limits.maxMs, backoff.delayMs * 2), updatedAtMs: nowMs };
}

/** How long to wait still, counted from the event (a crash, a failed pull); 0 for not at all. */
export function backoffLeftMs(
  backoff: Backoff | undefined,
  eventMs: number,
  nowMs: number,
  limits: BackoffLimits,
): number {
  if (!backoff || expired(backoff, eventMs, limits)) return 0;
  return Math.max(0, eventMs + backoff.delayMs - nowMs);
}

/** '10s', '1m20s', '5m0s': a duration as Go writes it, which is how messages show it. */
export function durationText(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (durationMs < 1000) return durationMs === 0 ? '0s' : `${durationMs}ms`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = Number((seconds % 60).toFixed(3));
  if (hours > 0) return `${hours}h${minutes}m${rest}s`;
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}
