import type { Deployment, ReplicaSet } from '@trireme/schema/types/apps/v1';
import { desiredReplicas, isRollingUpdate, maxSurge } from './fencepost.ts';
import { byCreation, desiredReplicasAnnotation, maxReplicasAnnotation } from './revision.ts';
import { activeSets, allSets, type Rollout, replicasOf, scaleSet, totalReplicas } from './rollout.ts';

/** The deployment was scaled since its sets last were. */
export function isScalingEvent(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return activeSets(sets).some((set) => {
    const desired = annotatedNumber(set, desiredReplicasAnnotation);
    return desired !== undefined && desired !== desiredReplicas(deployment);
  });
}

/** Brings the sets to the deployment's size without starting or moving on a rollout. */
export function scaleRollout(rollout: Rollout): void {
  const { deployment } = rollout;
  const desired = desiredReplicas(deployment);
  const single = activeOrLatest(rollout);
  // Even where the size is right already: the annotations must say so, or this scaling would never end.
  if (single) scaleSet(rollout, single, desired);
  else if (isSaturated(rollout)) {
    for (const set of activeSets(rollout.oldSets)) scaleSet(rollout, set, 0);
  } else if (isRollingUpdate(deployment)) scaleInProportion(rollout);
}

/** The only set that asks for pods; where none does, the newest. */
function activeOrLatest(rollout: Rollout): ReplicaSet | undefined {
  const active = activeSets(allSets(rollout));
  if (active.length > 1) return undefined;
  return active[0] ?? rollout.newSet ?? rollout.oldSets.toSorted(byCreation).at(-1);
}

/** The new set has all the pods that the deployment wants, and they are available. */
function isSaturated({ deployment, newSet }: Rollout): boolean {
  if (!newSet) return false;
  const desired = desiredReplicas(deployment);
  return (
    replicasOf(newSet) === desired &&
    annotatedNumber(newSet, desiredReplicasAnnotation) === desired &&
    (newSet.status?.availableReplicas ?? 0) === desired
  );
}

/** In the middle of a rollout every set grows or shrinks by its share, so that a scaling neither hurries nor stops it. */
function scaleInProportion(rollout: Rollout): void {
  const { deployment } = rollout;
  const desired = desiredReplicas(deployment);
  const active = activeSets(allSets(rollout));
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0;
  const toAdd = allowed - totalReplicas(active);
  // The largest take their share first, and among equals the newest when growing, the oldest when shrinking.
  const sorted = active.toSorted(
    (a, b) => replicasOf(b) - replicasOf(a) || (toAdd > 0 ? byCreation(b, a) : byCreation(a, b)),
  );
  let added = 0;
  const sizes = sorted.map((set) => {
    const share = toAdd === 0 ? 0 : proportionOf(set, deployment, toAdd, added);
    added += share;
    return replicasOf(set) + share;
  });
  for (const [index, set] of sorted.entries()) {
    // What rounding left over goes to the largest.
    const leftover = index === 0 ? toAdd - added : 0;
    scaleSet(rollout, set, Math.max(0, (sizes[index] ?? 0) + leftover));
  }
}

function proportionOf(set: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  if (replicasOf(set) === 0 || toAdd === added) return 0;
  const share = fractionOf(set, deployment);
  const left = toAdd - added;
  return toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
}

function fractionOf(set: ReplicaSet, deployment: Deployment): number {
  const desired = desiredReplicas(deployment);
  if (desired === 0) return -replicasOf(set);
  const before = annotatedNumber(set, maxReplicasAnnotation) ?? deployment.status?.replicas ?? 0;
  if (before === 0) return 0;
  return Math.round((replicasOf(set) * (desired + maxSurge(deployment))) / before) - replicasOf(set);
}

function annotatedNumber(set: ReplicaSet, annotation: string): number | undefined {
  const text = set.metadata.annotations?.[annotation];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
