import type { Container, Pod } from '@trireme/schema/types/core/v1';
import { isSidecar } from './identity.ts';
import { resourceUnits } from './quantity-value.ts';

/**
 * What a pod asks of one resource: its containers and sidecars together, or more while an init container needs more
 * beside the sidecars started before it; and the overhead.
 */
export function podRequest(pod: Pod, resource: string): number {
  let sidecars = 0;
  let peak = 0;
  for (const container of pod.spec.initContainers ?? []) {
    const request = containerRequest(container, resource);
    if (isSidecar(container)) sidecars += request;
    peak = Math.max(peak, isSidecar(container) ? sidecars : sidecars + request);
  }
  let together = sidecars;
  for (const container of pod.spec.containers) together += containerRequest(container, resource);
  return Math.max(peak, together) + resourceUnits(resource, pod.spec.overhead?.[resource]);
}

/** Every resource that some container of the pod asks for, in a fixed order. */
export function requestedResources(pod: Pod): readonly string[] {
  const names = new Set<string>();
  for (const { resources } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    for (const name of Object.keys({ ...resources?.requests, ...resources?.limits })) names.add(name);
  }
  return [...names].sort();
}

function containerRequest({ resources }: Container, resource: string): number {
  return resourceUnits(resource, resources?.requests?.[resource] ?? resources?.limits?.[resource]);
}
