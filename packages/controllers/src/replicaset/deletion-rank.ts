import { parseTime } from '@trireme/api-machinery';
import type { Pod } from '@trireme/schema/types/core/v1';
import { isPodReady, readySinceMs } from '../pod-state.ts';

export interface RankedPod {
  readonly pod: Pod;
  /** How many active pods of the same application are on its node. */
  readonly neighbours: number;
}

const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

type Comparison = (a: RankedPod, b: RankedPod, nowMs: number) => number;

// In this order, each only where those before it say nothing.
const comparisons: readonly Comparison[] = [
  (a, b) => Number(a.pod.spec.nodeName !== undefined) - Number(b.pod.spec.nodeName !== undefined),
  (a, b) => phaseOf(a.pod) - phaseOf(b.pod),
  (a, b) => Number(isPodReady(a.pod)) - Number(isPodReady(b.pod)),
  (a, b) => deletionCost(a.pod) - deletionCost(b.pod),
  (a, b) => b.neighbours - a.neighbours,
  (a, b, nowMs) => byAge(readySinceMs(a.pod), readySinceMs(b.pod), a.pod, b.pod, nowMs),
  (a, b) => restarts(b.pod) - restarts(a.pod),
  (a, b, nowMs) => byAge(createdMs(a.pod), createdMs(b.pod), a.pod, b.pod, nowMs),
];

/**
 * The pods in the order in which they should go when there are too many: those that serve least first.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#scaling-a-replicaset
 */
export function rankForDeletion(pods: readonly RankedPod[], nowMs: number): readonly Pod[] {
  return pods
    .toSorted((a, b) => {
      for (const compare of comparisons) {
        const order = compare(a, b, nowMs);
        if (order !== 0) return order;
      }
      return 0;
    })
    .map(({ pod }) => pod);
}

function phaseOf(pod: Pod): number {
  return phaseRank[pod.status?.phase ?? ''] ?? 0;
}

function deletionCost(pod: Pod): number {
  const cost = Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  return Number.isInteger(cost) ? cost : 0;
}

function createdMs(pod: Pod): number | undefined {
  return parseTime(pod.metadata.creationTimestamp);
}

/**
 * Younger first, but ages count only by their order of magnitude (base 2), so that pods of about the same age go by
 * chance (their uid) rather than always the youngest.
 */
function byAge(aMs: number | undefined, bMs: number | undefined, a: Pod, b: Pod, nowMs: number): number {
  if (aMs === bMs) return 0;
  if (aMs === undefined) return -1;
  if (bMs === undefined) return 1;
  const order = magnitude(nowMs - aMs) - magnitude(nowMs - bMs);
  if (order !== 0) return order;
  return (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1;
}

function magnitude(ageMs: number): number {
  // In nanoseconds, as upstream: the borders between magnitudes lie where its do.
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1;
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}
