import { nodeMatchesPod } from '@trireme/api-machinery';
import type { Node, Pod } from '@trireme/schema/types/core/v1';
import type { Reason } from './memory.ts';
import { podRequest, requestedResources } from './pod-requests.ts';
import { resourceUnits } from './quantity-value.ts';

/**
 * Whether a pod that was bound here may run here: the node is the last to know what it has. Undefined where it may;
 * a refused pod is Failed with this reason.
 */
export function admissionProblem(pod: Pod, active: readonly Pod[], node: Node): Reason | undefined {
  const allocatable = node.status?.allocatable ?? {};
  const insufficient = (resource: string, requested: number, used: number, capacity: number): Reason => ({
    reason: `OutOf${resource}`,
    message: `Pod was rejected: Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  });
  const maxPods = resourceUnits('pods', allocatable.pods ?? '110');
  if (active.length + 1 > maxPods) return insufficient('pods', 1, active.length, maxPods);
  for (const resource of requestedResources(pod)) {
    const requested = podRequest(pod, resource);
    if (requested === 0) continue;
    const used = active.reduce((sum, other) => sum + podRequest(other, resource), 0);
    const capacity = resourceUnits(resource, allocatable[resource]);
    if (used + requested > capacity) return insufficient(resource, requested, used, capacity);
  }
  if (!nodeMatchesPod(pod, node)) {
    return {
      reason: 'NodeAffinity',
      message: "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    };
  }
  return undefined;
}
