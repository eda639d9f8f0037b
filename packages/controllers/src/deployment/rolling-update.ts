import { desiredReplicas, maxUnavailable } from './fencepost.ts';
import { byCreation } from './revision.ts';
import { activeSets, allSets, newSetReplicas, type Rollout, replicasOf, scaleSet, totalReplicas } from './rollout.ts';

/** One step of a rolling update: up where there is room, else down where enough pods are available. */
export function rollingUpdateStep(rollout: Rollout): void {
  if (scaleNewSet(rollout)) return;
  scaleOldSets(rollout);
}

function scaleNewSet(rollout: Rollout): boolean {
  const { deployment, newSet } = rollout;
  if (!newSet) return false;
  const desired = desiredReplicas(deployment);
  const current = replicasOf(newSet);
  if (current === desired) return false;
  const next = current > desired ? desired : newSetReplicas(deployment, rollout.oldSets, newSet);
  return next !== current && scaleSet(rollout, newSet, next);
}

function scaleOldSets(rollout: Rollout): void {
  const { deployment, newSet } = rollout;
  if (totalReplicas(rollout.oldSets) === 0) return;
  const minAvailable = desiredReplicas(deployment) - maxUnavailable(deployment);
  const newUnavailable = newSet ? replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0) : 0;
  const maxScaledDown = totalReplicas(allSets(rollout)) - minAvailable - newUnavailable;
  if (maxScaledDown <= 0) return;
  removeUnhealthy(rollout, maxScaledDown);
  removeAvailable(rollout, minAvailable);
}

/** Pods that serve nobody go first: without this, a broken old set would block the update. */
function removeUnhealthy(rollout: Rollout, limit: number): void {
  let removed = 0;
  for (const set of activeSets(rollout.oldSets).toSorted(byCreation)) {
    if (removed >= limit) return;
    const unavailable = replicasOf(set) - (set.status?.availableReplicas ?? 0);
    if (unavailable <= 0) continue;
    const count = Math.min(limit - removed, unavailable);
    scaleSet(rollout, set, replicasOf(set) - count);
    removed += count;
  }
}

/** Then as many as are available beyond the least that must be. */
function removeAvailable(rollout: Rollout, minAvailable: number): void {
  const available = allSets(rollout).reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0);
  let surplus = available - minAvailable;
  for (const set of activeSets(rollout.oldSets).toSorted(byCreation)) {
    if (surplus <= 0) return;
    const count = Math.min(replicasOf(set), surplus);
    scaleSet(rollout, set, replicasOf(set) - count);
    surplus -= count;
  }
}
