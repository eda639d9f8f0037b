import { pods } from '@trireme/schema/resources';
import type { View } from '../controller.ts';
import { isPodTerminal } from '../pod-state.ts';
import { desiredReplicas } from './fencepost.ts';
import { activeSets, addNewSet, type Rollout, replicasOf, scaleSet } from './rollout.ts';

/** One step of a recreation: all old pods go, and only when the last has ended the new ones come. */
export function recreateStep(rollout: Rollout, view: View): void {
  const active = activeSets(rollout.oldSets);
  for (const set of active) scaleSet(rollout, set, 0);
  if (active.length > 0 || oldPodsRun(rollout, view)) return;
  if (!rollout.newSet) addNewSet(rollout);
  const { newSet } = rollout;
  const desired = desiredReplicas(rollout.deployment);
  if (newSet && replicasOf(newSet) !== desired) scaleSet(rollout, newSet, desired);
}

/** Pods that are being deleted still run, until they are gone. */
function oldPodsRun(rollout: Rollout, view: View): boolean {
  return rollout.oldSets.some(
    (set) =>
      (set.status?.replicas ?? 0) > 0 ||
      view.controlledBy(pods, set.metadata.uid ?? '').some((pod) => !isPodTerminal(pod)),
  );
}
