import { parseTime } from '@trireme/api-machinery';
import type { Taint, Toleration } from '@trireme/schema/types/core/v1';

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  const { operator = 'Equal', value = '' } = toleration;
  if (operator === 'Exists') return true;
  if (operator === 'Equal') return value === (taint.value ?? '') && toleration.key !== undefined;
  return comparesTo(operator, taint.value, value);
}

function comparesTo(operator: 'Gt' | 'Lt', taintValue: string | undefined, value: string): boolean {
  const left = Number(taintValue);
  const right = Number(value);
  if (!Number.isInteger(left) || !Number.isInteger(right)) return false;
  return operator === 'Gt' ? left > right : left < right;
}

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
