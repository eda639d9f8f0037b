import { formatQuantity } from '@trireme/api-machinery';
import type { PodSpec } from '@trireme/schema/types/core/v1';
import { containerRequests } from '../../pod-template/pod-requests.ts';

function isPodLevel(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/** A pod with limits of its own requests what its containers do together, and else as much as its limits. */
export function defaultPodLevelRequests(spec: PodSpec): PodSpec {
  const limits = spec.resources?.limits;
  if (!limits || Object.keys(limits).length === 0) return spec;
  const requests: Record<string, string> = { ...spec.resources?.requests };
  const before = Object.keys(requests).length;
  for (const [name, quantity] of containerRequests(spec)) {
    if (isPodLevel(name)) requests[name] ??= formatQuantity(quantity);
  }
  for (const [name, limit] of Object.entries(limits)) if (isPodLevel(name)) requests[name] ??= limit;
  return Object.keys(requests).length === before ? spec : { ...spec, resources: { ...spec.resources, requests } };
}
