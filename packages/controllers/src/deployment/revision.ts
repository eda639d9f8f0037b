import { controllerOf, parseTime, semanticEqual, withAnnotations } from '@trireme/api-machinery';
import type { Deployment, ReplicaSet } from '@trireme/schema/types/apps/v1';
import type { PodTemplateSpec } from '@trireme/schema/types/core/v1';
import { desiredReplicas, maxSurge } from './fencepost.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';
export const podTemplateHashLabel = 'pod-template-hash';

/** A deployment's annotations that say something about itself, and are not passed on to its replica sets. */
const ownAnnotations: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
]);

const maxHistoryLength = 2000;

/** 0 where there is none. */
export function revisionOf(set: ReplicaSet): number {
  const revision = Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
  return Number.isSafeInteger(revision) ? revision : 0;
}

/** The templates that differ in their hash label alone make the same pods. */
export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return semanticEqual(withoutHash(a), withoutHash(b));
}

/** Without the hash label, and with an absent name and an empty one made the same, as they are to the API. */
function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec | undefined {
  if (!template?.metadata) return template;
  const { [podTemplateHashLabel]: _, ...labels } = template.metadata.labels ?? {};
  return { ...template, metadata: { ...template.metadata, name: template.metadata.name || '', labels } };
}

export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const difference = createdMs(a) - createdMs(b);
  return difference !== 0 ? difference : a.metadata.name < b.metadata.name ? -1 : 1;
}

function createdMs(set: ReplicaSet): number {
  // One that this plan creates is the newest.
  return parseTime(set.metadata.creationTimestamp) ?? Number.MAX_SAFE_INTEGER;
}

/** The set that has the deployment's template now. Of several (a race of the past) the oldest counts. */
export function findNewSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return sets.toSorted(byCreation).find((set) => sameTemplate(set.spec.template, deployment.spec.template));
}

/** Whether this set was made by this deployment for the template it has now. */
export function isNewSetOf(set: ReplicaSet, deployment: Deployment): boolean {
  const mine = controllerOf(set)?.uid === deployment.metadata.uid;
  return mine && sameTemplate(set.spec.template, deployment.spec.template);
}

/** Says on the set which share of which deployment it is, for scaling in proportion. */
export function withReplicasAnnotations(set: ReplicaSet, deployment: Deployment): ReplicaSet {
  const desired = desiredReplicas(deployment);
  return withAnnotations(set, {
    [desiredReplicasAnnotation]: String(desired),
    [maxReplicasAnnotation]: String(desired + maxSurge(deployment)),
  });
}

/** The new set with the deployment's annotations and its revision; a set that becomes the newest again keeps its history. */
export function withRevision(set: ReplicaSet, deployment: Deployment, revision: number): ReplicaSet {
  const inherited = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !ownAnnotations.has(key));
  const annotated = withAnnotations(set, Object.fromEntries(inherited));
  const old = set.metadata.annotations?.[revisionAnnotation];
  if (revisionOf(set) >= revision) return annotated;
  const changes: Record<string, string> = { [revisionAnnotation]: String(revision) };
  if (old)
    changes[revisionHistoryAnnotation] = appendHistory(set.metadata.annotations?.[revisionHistoryAnnotation], old);
  return withAnnotations(annotated, changes);
}

/** '1,3' and '5' -> '1,3,5', forgetting the oldest where it grows too long. */
function appendHistory(history: string | undefined, revision: string): string {
  let revisions = history ? history.split(',') : [];
  while (revisions.length > 0 && [...revisions, revision].join(',').length > maxHistoryLength) {
    revisions = revisions.slice(1);
  }
  return [...revisions, revision].join(',');
}
