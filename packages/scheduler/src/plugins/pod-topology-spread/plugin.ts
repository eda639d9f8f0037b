import { nodeMatchesPod, untoleratedTaint } from '@trireme/api-machinery';
import type { Pod } from '@trireme/schema/types/core/v1';
import type { NodeInfo } from '../../framework/node-info.ts';
import { definePlugin, maxScore } from '../../framework/plugin.ts';
import { type Constraint, constraintsOf } from './constraints.ts';

/** A constraint with how many matching pods each domain has now. */
interface Spread {
  readonly constraint: Constraint;
  readonly byDomain: ReadonlyMap<string, number>;
  /** 1 where the pod itself will count in its domain. */
  readonly self: number;
}

/** Spreads pods over the values of a node label: hard constraints filter, soft ones score. */
export const podTopologySpread = definePlugin<readonly Spread[]>({
  name: 'PodTopologySpread',
  weight: 2,
  prepare: (pod, nodes) => constraintsOf(pod).map((constraint) => spreadOf(pod, nodes, constraint)),
  filter: (_, node, spreads) => {
    for (const { constraint, byDomain, self } of spreads) {
      if (!constraint.hard) continue;
      const domain = node.node.metadata.labels?.[constraint.topologyKey];
      if (domain === undefined) {
        return {
          reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
          unresolvable: true,
        };
      }
      const least = byDomain.size < constraint.minDomains ? 0 : Math.min(...byDomain.values());
      if ((byDomain.get(domain) ?? 0) + self - least > constraint.maxSkew) {
        return { reasons: ["node(s) didn't match pod topology spread constraints"], unresolvable: false };
      }
    }
    return undefined;
  },
  score: (_, node, spreads) => {
    let score = 0;
    for (const { constraint, byDomain } of spreads) {
      if (constraint.hard) continue;
      const domain = node.node.metadata.labels?.[constraint.topologyKey];
      if (domain === undefined) continue;
      // More domains weigh less each; the log keeps a constraint over many hosts comparable with one over few zones.
      score += (byDomain.get(domain) ?? 0) * Math.log(byDomain.size + 2) + (constraint.maxSkew - 1);
    }
    return Math.round(score * 1000);
  },
  normalize: (scores) => {
    const most = Math.max(...scores);
    const least = Math.min(...scores);
    if (most === 0) return scores.map(() => maxScore);
    return scores.map((score) => Math.floor((maxScore * (most + least - score)) / most));
  },
});

function spreadOf(pod: Pod, nodes: readonly NodeInfo[], constraint: Constraint): Spread {
  const byDomain = new Map<string, number>();
  for (const node of nodes) {
    const domain = node.node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined || !takesPart(pod, node, constraint)) continue;
    byDomain.set(
      domain,
      (byDomain.get(domain) ?? 0) + node.pods.filter((each) => counts(constraint, pod, each)).length,
    );
  }
  return { constraint, byDomain, self: constraint.counts.matches(pod.metadata.labels ?? {}) ? 1 : 0 };
}

function takesPart(pod: Pod, { node }: NodeInfo, constraint: Constraint): boolean {
  if (constraint.honorNodeAffinity && !nodeMatchesPod(pod, node)) return false;
  return !(constraint.honorTaints && untoleratedTaint(pod, node.spec?.taints, ['NoSchedule', 'NoExecute']));
}

function counts(constraint: Constraint, pod: Pod, other: Pod): boolean {
  if (other.metadata.namespace !== pod.metadata.namespace || other.metadata.deletionTimestamp) return false;
  return constraint.counts.matches(other.metadata.labels ?? {});
}
