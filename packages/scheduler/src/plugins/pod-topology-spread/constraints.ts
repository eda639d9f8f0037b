import { controllerOf, type LabelSelector, selectorOf } from '@trireme/api-machinery';
import type { Pod, TopologySpreadConstraint } from '@trireme/schema/types/core/v1';

/** A constraint made ready: whose pods are counted, over which topology. */
export interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly counts: LabelSelector;
  readonly hard: boolean;
  readonly honorNodeAffinity: boolean;
  readonly honorTaints: boolean;
}

/**
 * The pod's own constraints; for a pod of a controller that has none, upstream's soft defaults: at most 3 apart over nodes
 * and 5 over zones, counting its siblings.
 */
export function constraintsOf(pod: Pod): readonly Constraint[] {
  const own = pod.spec.topologySpreadConstraints ?? [];
  if (own.length > 0) return own.map((constraint) => ownConstraint(pod, constraint));
  if (!controllerOf(pod) || Object.keys(pod.metadata.labels ?? {}).length === 0) return [];
  const counts = selectorOf({ matchLabels: pod.metadata.labels });
  const soft = { counts, hard: false, minDomains: 1, honorNodeAffinity: true, honorTaints: false };
  return [
    { ...soft, topologyKey: 'kubernetes.io/hostname', maxSkew: 3 },
    { ...soft, topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
  ];
}

function ownConstraint(pod: Pod, constraint: TopologySpreadConstraint): Constraint {
  const labels = pod.metadata.labels ?? {};
  const byKeys = (constraint.matchLabelKeys ?? []).filter((key) => labels[key] !== undefined);
  const selector = constraint.labelSelector && {
    ...constraint.labelSelector,
    matchLabels: {
      ...constraint.labelSelector.matchLabels,
      ...Object.fromEntries(byKeys.map((key) => [key, labels[key] ?? ''])),
    },
  };
  return {
    topologyKey: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    counts: selectorOf(selector),
    hard: constraint.whenUnsatisfiable === 'DoNotSchedule',
    honorNodeAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honorTaints: constraint.nodeTaintsPolicy === 'Honor',
  };
}
