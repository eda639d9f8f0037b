import { getCondition, removeCondition, selectorOfLabels, timeText } from '@trireme/api-machinery';
import type { ReplicaSet, ReplicaSetStatus } from '@trireme/schema/types/apps/v1';
import type { Pod } from '@trireme/schema/types/core/v1';
import { isPodActive, isPodAvailable, isPodReady, isPodTerminal } from '../pod-state.ts';

/** What keeps a replica set from the number of pods it should have. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

export function replicaSetStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  failure: ReplicaFailure | undefined,
  nowMs: number,
): ReplicaSetStatus {
  const template = selectorOfLabels(set.spec.template?.metadata?.labels);
  const active = pods.filter(isPodActive);
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const conditions = failureConditions(set.status?.conditions, failure, nowMs);
  const terminating = pods.filter((pod) => pod.metadata.deletionTimestamp && !isPodTerminal(pod)).length;
  return {
    replicas: active.length,
    ...nonZero('fullyLabeledReplicas', active.filter((pod) => template.matches(pod.metadata.labels)).length),
    ...nonZero('readyReplicas', active.filter(isPodReady).length),
    ...nonZero('availableReplicas', active.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs)).length),
    terminatingReplicas: terminating,
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

function nonZero(name: keyof ReplicaSetStatus, count: number): Partial<ReplicaSetStatus> {
  return count === 0 ? {} : { [name]: count };
}

/** The condition stays as it first came, for as long as anything fails. */
function failureConditions(
  conditions: ReplicaSetStatus['conditions'],
  failure: ReplicaFailure | undefined,
  nowMs: number,
): NonNullable<ReplicaSetStatus['conditions']> {
  if (!failure) return removeCondition(conditions, 'ReplicaFailure');
  if (getCondition(conditions, 'ReplicaFailure')) return conditions ?? [];
  const lastTransitionTime = timeText(nowMs);
  return [...(conditions ?? []), { type: 'ReplicaFailure', status: 'True', ...failure, lastTransitionTime }];
}
