import { newControllerRef, templateHash } from '@trireme/api-machinery';
import { deployments } from '@trireme/schema/resources';
import type { Deployment, ReplicaSet } from '@trireme/schema/types/apps/v1';
import { desiredReplicas, isRollingUpdate, maxSurge } from './fencepost.ts';
import { findNewSet, podTemplateHashLabel, revisionOf, withReplicasAnnotations, withRevision } from './revision.ts';

/**
 * A deployment and its replica sets as the plan will leave them. Steps of the decision replace sets in here; what came out
 * different from what was observed becomes the plan's actions.
 */
export interface Rollout {
  readonly deployment: Deployment;
  newSet: ReplicaSet | undefined;
  /** All but the new set. */
  oldSets: readonly ReplicaSet[];
  /** The new set is not there yet: it is to be created. */
  created: boolean;
}

export function createRollout(deployment: Deployment, sets: readonly ReplicaSet[]): Rollout {
  const newSet = findNewSet(deployment, sets);
  const oldSets = sets.filter((set) => set !== newSet);
  const rollout: Rollout = { deployment, newSet, oldSets, created: false };
  if (newSet) rollout.newSet = refreshNewSet(newSet, rollout);
  return rollout;
}

export function allSets(rollout: Rollout): readonly ReplicaSet[] {
  return rollout.newSet ? [...rollout.oldSets, rollout.newSet] : rollout.oldSets;
}

function nextRevision(rollout: Rollout): number {
  return Math.max(0, ...rollout.oldSets.map(revisionOf)) + 1;
}

function refreshNewSet(set: ReplicaSet, rollout: Rollout): ReplicaSet {
  const { deployment } = rollout;
  const annotated = withRevision(set, deployment, nextRevision(rollout));
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  if ((annotated.spec.minReadySeconds ?? 0) === minReadySeconds) return annotated;
  return { ...annotated, spec: { ...annotated.spec, minReadySeconds } };
}

export function newSetName(deployment: Deployment): string {
  return `${deployment.metadata.name}-${hashOf(deployment)}`;
}

function hashOf(deployment: Deployment): string {
  return templateHash(deployment.spec.template, deployment.status?.collisionCount);
}

/** Puts the set for the present template into the rollout, with as many pods as may be started at once. */
export function addNewSet(rollout: Rollout): void {
  const { deployment } = rollout;
  const { spec, metadata } = deployment;
  const hash = hashOf(deployment);
  const labels = { ...spec.template.metadata?.labels, [podTemplateHashLabel]: hash };
  const empty: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: newSetName(deployment),
      namespace: metadata.namespace,
      labels,
      ownerReferences: [newControllerRef(deployment, deployments)],
    },
    spec: {
      replicas: 0,
      minReadySeconds: spec.minReadySeconds,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [podTemplateHashLabel]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, name: '', labels } },
    },
  };
  rollout.created = true;
  const named = withReplicasAnnotations(withRevision(empty, deployment, nextRevision(rollout)), deployment);
  rollout.newSet = { ...named, spec: { ...named.spec, replicas: newSetReplicas(deployment, rollout.oldSets, named) } };
}

/** How many pods the new set may have now, given all that are asked for. */
export function newSetReplicas(deployment: Deployment, oldSets: readonly ReplicaSet[], newSet: ReplicaSet): number {
  const desired = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment)) return desired;
  const room = desired + maxSurge(deployment) - totalReplicas([...oldSets, newSet]);
  if (room <= 0) return replicasOf(newSet);
  return replicasOf(newSet) + Math.min(room, desired - replicasOf(newSet));
}

export function replicasOf(set: ReplicaSet): number {
  return set.spec.replicas ?? 1;
}

export function totalReplicas(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + replicasOf(set), 0);
}

/** Sets that ask for pods. */
export function activeSets(sets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return sets.filter((set) => replicasOf(set) > 0);
}

/** Scales one set of the rollout. True where its number changes. */
export function scaleSet(rollout: Rollout, set: ReplicaSet, replicas: number): boolean {
  const { deployment } = rollout;
  const annotated = withReplicasAnnotations(set, deployment);
  const scaled = { ...annotated, spec: { ...annotated.spec, replicas } };
  if (set === rollout.newSet) rollout.newSet = scaled;
  else rollout.oldSets = rollout.oldSets.map((old) => (old === set ? scaled : old));
  return replicasOf(set) !== replicas;
}
