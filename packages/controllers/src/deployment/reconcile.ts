import { controllerOf, getCondition, selectorOf, semanticEqual } from '@trireme/api-machinery';
import { deployments, pods, replicasets } from '@trireme/schema/resources';
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@trireme/schema/types/apps/v1';
import type { Pod } from '@trireme/schema/types/core/v1';
import { createAction, eventAction, targetOf, updateAction, updateStatusAction } from '../actions.ts';
import {
  type Action,
  type Controller,
  type Failure,
  keyOf,
  nothing,
  type Plan,
  splitKey,
  type View,
  watchOf,
  watchSelf,
} from '../controller.ts';
import { claim, claimCandidates, controllerKeys } from '../ownership.ts';
import { recreateStep } from './recreate.ts';
import { isNewSetOf, revisionAnnotation, revisionOf } from './revision.ts';
import { rollingUpdateStep } from './rolling-update.ts';
import { addNewSet, allSets, createRollout, newSetName, type Rollout, replicasOf } from './rollout.ts';
import { isScalingEvent, scaleRollout } from './scaling.ts';
import {
  deadlineRequeueMs,
  deploymentCondition,
  deploymentStatus,
  hasProgressDeadline,
  isComplete,
  rolloutStatus,
  withCondition,
} from './status.ts';

const noHistoryLimit = 2 ** 31 - 1;

/** Rolls each Deployment out through replica sets, one for each version of its template. */
export function createDeploymentController(): Controller {
  return {
    name: 'deployment',
    reads: [deployments, replicasets, pods],
    watches: [
      watchSelf(deployments),
      watchOf(replicasets, (set, view, old) => {
        const keys = controllerKeys('Deployment', set, old);
        return keys.length > 0 || controllerOf(set) ? keys : adopterKeys(set, view);
      }),
      watchOf(pods, waitingKeys),
    ],
    reconcile: reconcileDeployment,
  };
}

function adopterKeys(set: ReplicaSet, view: View): readonly string[] {
  if (set.metadata.deletionTimestamp) return [];
  const candidates = view.list(deployments, set.metadata.namespace);
  return candidates.filter(({ spec }) => selectorOf(spec.selector).matches(set.metadata.labels)).map(keyOf);
}

/** A recreation waits for the last old pod to end, and nothing else tells it. */
function waitingKeys(pod: Pod, view: View): readonly string[] {
  const set = controllerOf(pod);
  if (set?.kind !== 'ReplicaSet') return [];
  const namespace = pod.metadata.namespace;
  const owner = view.get(replicasets, set.name, namespace);
  const deployment = owner && controllerOf(owner);
  if (deployment?.kind !== 'Deployment') return [];
  const waiting = view.get(deployments, deployment.name, namespace);
  return waiting?.spec.strategy?.type === 'Recreate' ? [keyOf(waiting)] : [];
}

export function reconcileDeployment(key: string, view: View, nowMs: number): Plan {
  const { name, namespace } = splitKey(key);
  const deployment = view.get(deployments, name, namespace);
  if (!deployment) return nothing;
  const selector = selectorOf(deployment.spec.selector);
  if (selector.empty) return refuseSelectingAll(deployment);
  const { owned, actions } = claim({
    owner: deployment,
    ownerRef: deployments,
    selector,
    ref: replicasets,
    candidates: claimCandidates(view, replicasets, deployment),
  });
  if (actions.length > 0) return { actions };
  return planRollout(deployment, owned, view, nowMs);
}

function planRollout(deployment: Deployment, sets: readonly ReplicaSet[], view: View, nowMs: number): Plan {
  const rollout = createRollout(deployment, sets);
  const before = pausedConditions(deployment, nowMs);
  if (deployment.metadata.deletionTimestamp) {
    const untouched: Rollout = {
      ...rollout,
      newSet: sets.find((set) => set.metadata.uid === rollout.newSet?.metadata.uid),
    };
    return finish(untouched, sets, deploymentStatus(untouched, before, nowMs), [], nowMs);
  }
  if (deployment.spec.paused || isScalingEvent(deployment, sets)) {
    scaleRollout(rollout);
    const deletions = deployment.spec.paused ? expiredSets(rollout) : [];
    return finish(rollout, sets, deploymentStatus(rollout, before, nowMs), deletions, nowMs);
  }
  const collision = collisionPlan(rollout, view);
  if (collision) return collision;
  if ((deployment.spec.strategy?.type ?? 'RollingUpdate') === 'Recreate') recreateStep(rollout, view);
  else {
    if (!rollout.newSet) addNewSet(rollout);
    rollingUpdateStep(rollout);
  }
  const status = rolloutStatus(rollout, newSetConditions(rollout, before, nowMs), nowMs);
  const done = isComplete(deployment, deployment.status ?? {});
  return finish(rollout, sets, status, done ? expiredSets(rollout) : [], nowMs);
}

/** Everything that the rollout changed, as actions. */
function finish(
  rollout: Rollout,
  observed: readonly ReplicaSet[],
  status: DeploymentStatus,
  deletions: readonly Action[],
  nowMs: number,
): Plan {
  const { deployment } = rollout;
  const changes = allSets(rollout).flatMap((set) => {
    const old = observed.find(({ metadata }) => metadata.uid === set.metadata.uid);
    return old ? changeActions(deployment, set, old) : createActions(deployment, set);
  });
  const statusActions = semanticEqual(status, deployment.status)
    ? []
    : [updateStatusAction(deployments, { ...revised(rollout), status })];
  return {
    actions: [...changes, ...deletions, ...revisionActions(rollout), ...statusActions],
    requeueAfterMs: deadlineRequeueMs(deployment, status, nowMs),
    onFailure: (failures) => createFailures(deployment, failures, nowMs),
  };
}

function createActions(deployment: Deployment, set: ReplicaSet): readonly Action[] {
  const text = `Scaled up replica set ${set.metadata.name} from 0 to ${replicasOf(set)}`;
  const onDone = (): readonly Action[] =>
    replicasOf(set) > 0 ? [eventAction(deployment, 'Normal', 'ScalingReplicaSet', text)] : [];
  return [createAction(replicasets, set, { onDone })];
}

function changeActions(deployment: Deployment, set: ReplicaSet, old: ReplicaSet): readonly Action[] {
  if (set === old || semanticEqual(set, old)) return [];
  const from = replicasOf(old);
  const to = replicasOf(set);
  const update = updateAction(replicasets, set);
  if (from === to) return [update];
  const text = `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`;
  return [update, eventAction(deployment, 'Normal', 'ScalingReplicaSet', text)];
}

/** The deployment carries the revision of its new set, where kubectl reads it. */
function revisionActions(rollout: Rollout): readonly Action[] {
  const { deployment } = rollout;
  const { annotations } = revised(rollout).metadata;
  if (annotations === deployment.metadata.annotations) return [];
  const { name, namespace, uid } = deployment.metadata;
  const patch = { metadata: { annotations: { [revisionAnnotation]: annotations?.[revisionAnnotation] } } };
  return [{ type: 'patch', ref: deployments, target: { name, namespace, uid }, patch }];
}

/** The deployment with its revision noted. A write of the status carries annotations too, and must not take it away. */
function revised({ deployment, newSet }: Rollout): Deployment {
  const revision = newSet && revisionOf(newSet);
  const { metadata } = deployment;
  if (!revision || metadata.annotations?.[revisionAnnotation] === String(revision)) return deployment;
  const annotations = { ...metadata.annotations, [revisionAnnotation]: String(revision) };
  return { ...deployment, metadata: { ...metadata, annotations } };
}

function createFailures(deployment: Deployment, failures: readonly Failure[], nowMs: number): readonly Action[] {
  // A set that is there already was made a moment ago, or is a collision: the next look will tell.
  const failed = failures.find(({ action, reason }) => action.type === 'create' && reason !== 'AlreadyExists');
  return failed && hasProgressDeadline(deployment) ? [createFailed(deployment, failed.message, nowMs)] : [];
}

function createFailed(deployment: Deployment, message: string, nowMs: number): Action {
  const failed = deploymentCondition('Progressing', 'False', 'ReplicaSetCreateError', message, nowMs);
  const conditions = withCondition(deployment.status?.conditions ?? [], failed);
  return updateStatusAction(deployments, { ...deployment, status: { ...deployment.status, conditions } });
}

/** Another template has the same hash, or somebody else has the name: a count in the hash makes another name. */
function collisionPlan(rollout: Rollout, view: View): Plan | undefined {
  const { deployment } = rollout;
  if (rollout.newSet) return undefined;
  const taken = view.get(replicasets, newSetName(deployment), deployment.metadata.namespace);
  if (!taken || isNewSetOf(taken, deployment)) return undefined;
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  const status = { ...deployment.status, collisionCount };
  return { actions: [updateStatusAction(deployments, { ...deployment, status })] };
}

/** Sets without pods beyond the history that is wanted, oldest revisions first. */
function expiredSets({ deployment, oldSets }: Rollout): readonly Action[] {
  const limit = deployment.spec.revisionHistoryLimit ?? noHistoryLimit;
  if (limit === noHistoryLimit) return [];
  const alive = oldSets.filter((set) => !set.metadata.deletionTimestamp);
  const surplus = alive.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, alive.length - limit));
  return surplus
    .filter(
      (set) =>
        (set.status?.replicas ?? 0) === 0 &&
        replicasOf(set) === 0 &&
        (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0),
    )
    .map((set) => ({ type: 'delete', ref: replicasets, target: targetOf(set) }));
}

function newSetConditions(
  rollout: Rollout,
  conditions: readonly DeploymentCondition[],
  nowMs: number,
): readonly DeploymentCondition[] {
  const { deployment, newSet, created } = rollout;
  if (!newSet || !hasProgressDeadline(deployment)) return conditions;
  const { name } = newSet.metadata;
  if (created) {
    const text = `Created new replica set "${name}"`;
    return withCondition(conditions, deploymentCondition('Progressing', 'True', 'NewReplicaSetCreated', text, nowMs));
  }
  if (getCondition(conditions, 'Progressing')) return conditions;
  const text = `Found new replica set "${name}"`;
  return withCondition(conditions, deploymentCondition('Progressing', 'True', 'FoundNewReplicaSet', text, nowMs));
}

/** While paused, time does not count against the deadline. */
function pausedConditions(deployment: Deployment, nowMs: number): readonly DeploymentCondition[] {
  const conditions = deployment.status?.conditions ?? [];
  const current = getCondition(conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || current?.reason === 'ProgressDeadlineExceeded') return conditions;
  const wasPaused = current?.reason === 'DeploymentPaused';
  if (Boolean(deployment.spec.paused) === wasPaused) return conditions;
  const [reason, text] = wasPaused
    ? (['DeploymentResumed', 'Deployment is resumed'] as const)
    : (['DeploymentPaused', 'Deployment is paused'] as const);
  return withCondition(conditions, deploymentCondition('Progressing', 'Unknown', reason, text, nowMs));
}

function refuseSelectingAll(deployment: Deployment): Plan {
  const text = 'This deployment is selecting all pods. A non-empty selector is required.';
  const generation = deployment.metadata.generation ?? 0;
  const warning = eventAction(deployment, 'Warning', 'SelectingAll', text);
  if ((deployment.status?.observedGeneration ?? 0) >= generation) return { actions: [warning] };
  const status = { ...deployment.status, observedGeneration: generation };
  return { actions: [warning, updateStatusAction(deployments, { ...deployment, status })] };
}
