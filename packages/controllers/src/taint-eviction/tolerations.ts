import { parseTime, tolerates } from '@trireme/api-machinery';
import type { Taint, Toleration } from '@trireme/schema/types/core/v1';

/**
 * Until when a pod may stay on a node with these NoExecute taints, in milliseconds since the epoch. Undefined: for good.
 * A taint that is not tolerated allows no time at all.
 */
export function evictionTimeMs(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  nowMs: number,
): number | undefined {
  let dueMs: number | undefined;
  for (const taint of taints) {
    const matching = tolerations.filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return nowMs;
    const limits = matching.map(({ tolerationSeconds }) => tolerationSeconds).filter((each) => each !== undefined);
    if (limits.length === 0) continue;
    const sinceMs = parseTime(taint.timeAdded) ?? nowMs;
    const untilMs = sinceMs + Math.max(0, Math.min(...limits)) * 1000;
    dueMs = dueMs === undefined ? untilMs : Math.min(dueMs, untilMs);
  }
  return dueMs;
}
