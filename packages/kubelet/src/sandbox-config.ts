import type { PodSandboxConfig } from '@trireme/ports';
import type { Pod } from '@trireme/schema/types/core/v1';
import { annotations, containersOf, labels, podUid } from './identity.ts';
import { type ClusterDns, podDns, sandboxHostname } from './pod-network-files.ts';
import { type PodPaths, podLogDirectory } from './pod-paths.ts';
import { cgroupParentOf } from './qos.ts';
import { sandboxSecurityContext } from './security-context.ts';

/** What is the same for all pods of a node. */
export interface PodSettings extends PodPaths {
  readonly clusterDns: ClusterDns;
  /** '/kubepods' */
  readonly rootCgroup: string;
  readonly memoryBytes: number;
}

export function seccompRoot({ rootDirectory }: PodPaths): string {
  return `${rootDirectory}/seccomp`;
}

export function sandboxConfig(pod: Pod, attempt: number, settings: PodSettings): PodSandboxConfig {
  const { metadata, spec } = pod;
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    uid: podUid(pod),
    attempt,
    hostname: sandboxHostname(pod, settings.clusterDns.domain),
    logDirectory: podLogDirectory(settings, pod),
    dns: podDns(pod, settings.clusterDns),
    portMappings: portMappings(pod),
    labels: { ...metadata.labels, ...podLabels(pod) },
    annotations: { ...metadata.annotations, ...podAnnotations(pod) },
    cgroupParent: cgroupParentOf(pod, settings.rootCgroup),
    sysctls: Object.fromEntries((spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
    securityContext: sandboxSecurityContext(pod, seccompRoot(settings)),
    runtimeHandler: '',
  };
}

/** On the host network a container's ports are the node's own already. */
function portMappings(pod: Pod): PodSandboxConfig['portMappings'] {
  if (pod.spec.hostNetwork) return [];
  return containersOf(pod).flatMap(({ container }) =>
    (container.ports ?? []).flatMap(({ containerPort, hostPort, hostIP, protocol = 'TCP' }) =>
      hostPort ? [{ protocol, containerPort, hostPort, hostIp: hostIP ?? '' }] : [],
    ),
  );
}

export function podLabels(pod: Pod): Readonly<Record<string, string>> {
  return {
    [labels.podName]: pod.metadata.name,
    [labels.podNamespace]: pod.metadata.namespace ?? '',
    [labels.podUid]: podUid(pod),
  };
}

export function podAnnotations(pod: Pod): Readonly<Record<string, string>> {
  return { [annotations.podTerminationGracePeriod]: String(pod.spec.terminationGracePeriodSeconds ?? 30) };
}
