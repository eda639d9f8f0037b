const firstDelayMs = 100;
const longestDelayMs = 10_000;
const healthyAfterMs = 30_000;

/**
 * How long to wait before a process that died is started again: at once-ish after a long life, and longer each time it dies
 * young, so that a broken process does not eat the machine. `quickDeaths` counts deaths in a row of processes that lived
 * less than 30 s, this one included.
 */
export function restartDelayMs(quickDeaths: number): number {
  if (quickDeaths <= 1) return firstDelayMs;
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (quickDeaths - 1));
}

export function countQuickDeaths(before: number, livedMs: number): number {
  return livedMs >= healthyAfterMs ? 1 : before + 1;
}
