import type { Container, Pod, PodSpec, PodStatus } from '@trireme/schema/types/core/v1';
import { chain, each, fill, fillZero, over } from '../../fill.ts';
import { defaultPodSpec } from '../../pod-template/default-pod-spec.ts';
import { defaultPodLevelRequests } from './pod-level-requests.ts';

/** Who sets only a limit means to request as much. */
function requestsFromLimits(container: Container): Container {
  return over(container, 'resources', (resources) => {
    const { limits, requests } = resources;
    if (!limits) return resources;
    const missing = Object.keys(limits).filter((name) => requests?.[name] === undefined);
    if (missing.length === 0) return resources;
    return {
      ...resources,
      requests: { ...requests, ...Object.fromEntries(missing.map((n) => [n, limits[n] ?? '0'])) },
    };
  });
}

/** On the node's own network a container's port is the node's port. */
function hostNetworkPorts(spec: PodSpec): PodSpec {
  if (!spec.hostNetwork) return spec;
  const withHostPorts = each<Container>((container) =>
    over(
      container,
      'ports',
      each((port) => fillZero(port, { hostPort: port.containerPort })),
    ),
  );
  return over(over(spec, 'containers', withHostPorts), 'initContainers', withHostPorts);
}

/** The single and the plural form of the pod's addresses tell the same. */
function syncPodIps(status: PodStatus): PodStatus {
  const first = status.podIPs?.[0]?.ip;
  if (first !== undefined && first !== status.podIP) return { ...status, podIP: first };
  if (first === undefined && status.podIP) return { ...status, podIPs: [{ ip: status.podIP }] };
  return status;
}

const defaultSpec = chain<PodSpec>(
  defaultPodSpec,
  (spec) => fill(spec, { enableServiceLinks: true }),
  (spec) => over(spec, 'containers', each(requestsFromLimits)),
  (spec) => over(spec, 'initContainers', each(requestsFromLimits)),
  defaultPodLevelRequests,
  hostNetworkPorts,
);

export const defaultPod: (pod: Pod) => Pod = chain<Pod>(
  (pod) => over(pod, 'spec', defaultSpec),
  (pod) => over(pod, 'status', syncPodIps),
);
