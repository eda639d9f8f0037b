import { compareQuantities, type Quantity, tryParseQuantity } from '@trireme/api-machinery';
import type { Pod, ResourceRequirements } from '@trireme/schema/types/core/v1';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const counted = ['cpu', 'memory'] as const;

function positive(text: string | undefined): Quantity | undefined {
  const quantity = text === undefined ? undefined : tryParseQuantity(text);
  return quantity && quantity.nanos > 0n ? quantity : undefined;
}

function asksNothing(resources: ResourceRequirements): boolean {
  return counted.every((name) => !positive(resources.requests?.[name]) && !positive(resources.limits?.[name]));
}

/** Limited in cpu and memory, and requesting all of it. */
function isFixed(resources: ResourceRequirements): boolean {
  return counted.every((name) => {
    const limit = positive(resources.limits?.[name]);
    if (!limit) return false;
    const request = positive(resources.requests?.[name]);
    return request !== undefined && compareQuantities(request, limit) === 0;
  });
}

/** How a node treats a pod when it runs short: https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
export function qosClassOf(pod: Pod): QosClass {
  const { spec } = pod;
  const all = spec.resources
    ? [spec.resources]
    : [...spec.containers, ...(spec.initContainers ?? [])].map((container) => container.resources ?? {});
  if (all.every(asksNothing)) return 'BestEffort';
  return all.every(isFixed) ? 'Guaranteed' : 'Burstable';
}
