import { getCondition } from '@trireme/api-machinery';
import type { Node, Taint } from '@trireme/schema/types/core/v1';

export const notReadyTaint = 'node.kubernetes.io/not-ready';
export const unreachableTaint = 'node.kubernetes.io/unreachable';

/** Conditions that keep new pods away, and the taint that says so. */
const taintOfCondition: readonly (readonly [condition: string, status: string, key: string])[] = [
  ['Ready', 'False', notReadyTaint],
  ['Ready', 'Unknown', unreachableTaint],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
];
const unschedulableTaint = 'node.kubernetes.io/unschedulable';

const noScheduleKeys: ReadonlySet<string> = new Set([...taintOfCondition.map(([, , key]) => key), unschedulableTaint]);
const noExecuteKeys: ReadonlySet<string> = new Set([notReadyTaint, unreachableTaint]);

function isManaged({ key, effect }: Taint): boolean {
  return effect === 'NoSchedule' ? noScheduleKeys.has(key) : effect === 'NoExecute' && noExecuteKeys.has(key);
}

/**
 * The taints that a node should have: those of others as they are, and ours as its conditions say. `evict` is whether the
 * pods of a lost node may be moved at all. A taint that stays keeps its timeAdded, from which tolerations count.
 */
export function taintsFor(node: Node, evict: boolean, now: string): readonly Taint[] {
  const current = node.spec?.taints ?? [];
  const conditions = node.status?.conditions;
  const keys = taintOfCondition
    .filter(([type, status]) => getCondition(conditions, type)?.status === status)
    .map(([, , key]) => key);
  if (node.spec?.unschedulable) keys.push(unschedulableTaint);
  const wanted: Taint[] = keys.map((key) => ({ key, effect: 'NoSchedule' }));
  if (evict) for (const key of keys) if (noExecuteKeys.has(key)) wanted.push({ key, effect: 'NoExecute' });
  const kept = current.filter((taint) => !isManaged(taint) || wanted.some((each) => isSameTaint(each, taint)));
  const missing = wanted.filter((each) => !current.some((taint) => isSameTaint(each, taint)));
  return [...kept, ...missing.map((taint) => ({ ...taint, timeAdded: now }))];
}

function isSameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}
