import { getCondition, parseTime, removeCondition, timeText } from '@trireme/api-machinery';
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
  ReplicaSetStatus,
} from '@trireme/schema/types/apps/v1';
import { desiredReplicas, maxUnavailable } from './fencepost.ts';
import { allSets, type Rollout, totalReplicas } from './rollout.ts';

const noLimit = 2 ** 31 - 1;

type Conditions = readonly DeploymentCondition[];

export function hasProgressDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== noLimit;
}

export function deploymentCondition(
  type: string,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  nowMs: number,
): DeploymentCondition {
  const now = timeText(nowMs);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}

/** A condition whose status and reason are there already stays untouched, its times and its message included. */
export function withCondition(conditions: Conditions, condition: DeploymentCondition): Conditions {
  const old = getCondition(conditions, condition.type);
  if (old && old.status === condition.status && old.reason === condition.reason) return conditions;
  const kept = old?.status === condition.status ? { lastTransitionTime: old.lastTransitionTime } : {};
  return [...removeCondition(conditions, condition.type), { ...condition, ...kept }];
}

/** Counts and availability, without any judgement of progress. */
export function deploymentStatus(rollout: Rollout, conditions: Conditions, nowMs: number): DeploymentStatus {
  const { deployment, newSet } = rollout;
  const sets = allSets(rollout);
  const available = sum(sets, 'availableReplicas');
  const enough = available >= desiredReplicas(deployment) - maxUnavailable(deployment);
  const availability = enough
    ? deploymentCondition(
        'Available',
        'True',
        'MinimumReplicasAvailable',
        'Deployment has minimum availability.',
        nowMs,
      )
    : deploymentCondition(
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
        nowMs,
      );
  const collisionCount = deployment.status?.collisionCount;
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...nonZero({
      replicas: sum(sets, 'replicas'),
      updatedReplicas: newSet?.status?.replicas ?? 0,
      readyReplicas: sum(sets, 'readyReplicas'),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, totalReplicas(sets) - available),
    }),
    terminatingReplicas: sum(sets, 'terminatingReplicas'),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: withCondition(conditions, availability),
  };
}

/** The status with what the rollout's progress says. */
export function rolloutStatus(rollout: Rollout, conditions: Conditions, nowMs: number): DeploymentStatus {
  const { deployment } = rollout;
  const status = deploymentStatus(rollout, conditions, nowMs);
  let next = status.conditions ?? [];
  if (!hasProgressDeadline(deployment)) next = removeCondition(next, 'Progressing');
  else if (!isSettled(status, conditions)) next = progressConditions(rollout, status, next, conditions, nowMs);
  next = removeCondition(next, 'ReplicaFailure');
  const failure = setFailure(rollout);
  if (failure) next = withCondition([...keepFailure(conditions, failure), ...next], failure);
  return { ...status, conditions: next };
}

/** All is rolled out and was said to be: a pod that breaks later is no failing rollout. */
function isSettled(status: DeploymentStatus, conditions: Conditions): boolean {
  const current = getCondition(conditions, 'Progressing');
  return (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
}

function progressConditions(
  rollout: Rollout,
  status: DeploymentStatus,
  next: Conditions,
  before: Conditions,
  nowMs: number,
): Conditions {
  const { deployment, newSet } = rollout;
  const subject = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const current = getCondition(before, 'Progressing');
  const condition = (state: 'True' | 'False', reason: string, text: string): DeploymentCondition =>
    deploymentCondition('Progressing', state, reason, `${subject} ${text}`, nowMs);
  if (isComplete(deployment, status)) {
    return withCondition(next, condition('True', 'NewReplicaSetAvailable', 'has successfully progressed.'));
  }
  if (isProgressing(deployment, status)) {
    const progressed = condition('True', 'ReplicaSetUpdated', 'is progressing.');
    const kept = current?.status === 'True' ? { lastTransitionTime: current.lastTransitionTime } : {};
    // Set anew even if it reads the same: its lastUpdateTime is what the deadline counts from.
    return [...removeCondition(next, 'Progressing'), { ...progressed, ...kept }];
  }
  if (isTimedOut(deployment, before, nowMs)) {
    return withCondition(next, condition('False', 'ProgressDeadlineExceeded', 'has timed out progressing.'));
  }
  return next;
}

export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function isProgressing({ status: old = {} }: Deployment, status: DeploymentStatus): boolean {
  const outdated = (of: DeploymentStatus): number => (of.replicas ?? 0) - (of.updatedReplicas ?? 0);
  return (
    (status.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    outdated(status) < outdated(old) ||
    (status.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

function isTimedOut(deployment: Deployment, conditions: Conditions, nowMs: number): boolean {
  const current = getCondition(conditions, 'Progressing');
  if (!current || current.reason === 'NewReplicaSetAvailable') return false;
  if (current.reason === 'ProgressDeadlineExceeded') return true;
  return nowMs > deadlineMs(deployment, current);
}

function deadlineMs(deployment: Deployment, progressing: DeploymentCondition): number {
  return (parseTime(progressing.lastUpdateTime) ?? 0) + (deployment.spec.progressDeadlineSeconds ?? noLimit) * 1000;
}

/** When to look again for the deadline's sake; nothing else will call when a rollout stands still. */
export function deadlineRequeueMs(deployment: Deployment, status: DeploymentStatus, nowMs: number): number | undefined {
  const current = getCondition(status.conditions, 'Progressing');
  if (!current || !hasProgressDeadline(deployment) || deployment.spec.paused) return undefined;
  if (isComplete(deployment, status) || current.reason === 'ProgressDeadlineExceeded') return undefined;
  if (current.reason === 'NewReplicaSetAvailable') return undefined;
  return Math.max(0, deadlineMs(deployment, current) - nowMs) + 1000;
}

/** Why a set cannot have its pods: the new set's reason counts before the others'. */
function setFailure(rollout: Rollout): DeploymentCondition | undefined {
  const sets = rollout.newSet ? [rollout.newSet, ...rollout.oldSets] : rollout.oldSets;
  for (const set of sets) {
    const failure = getCondition(set.status?.conditions, 'ReplicaFailure');
    if (failure) return { ...failure, lastUpdateTime: failure.lastTransitionTime };
  }
  return undefined;
}

function keepFailure(conditions: Conditions, failure: DeploymentCondition): Conditions {
  const known = getCondition(conditions, 'ReplicaFailure');
  return known && known.message === failure.message ? [known] : [];
}

function sum(sets: readonly ReplicaSet[], field: Exclude<keyof ReplicaSetStatus, 'conditions'>): number {
  return sets.reduce((total, set) => total + (set.status?.[field] ?? 0), 0);
}

function nonZero(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}
