import type { Container, EphemeralContainer, Pod } from '@trireme/schema/types/core/v1';

/** Labels and annotations by which a runtime's sandboxes and containers say whose they are. As upstream's, so that crictl and friends understand them. */
export const labels = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;

export const annotations = {
  containerHash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  /** Ours: where the termination message is found on the node, for a kubelet that did not start the container. */
  terminationMessageHostPath: 'trireme.dev/termination-message-host-path',
  podTerminationGracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
} as const;

export type ContainerKind = 'init' | 'sidecar' | 'app' | 'ephemeral';

export interface PodContainer {
  readonly kind: ContainerKind;
  readonly container: Container;
}

/** An init container that keeps running beside the others. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** All containers of a pod: init containers (sidecars among them) in their order, then the others. */
export function containersOf(pod: Pod): readonly PodContainer[] {
  return [
    ...(pod.spec.initContainers ?? []).map(
      (container): PodContainer => ({ kind: isSidecar(container) ? 'sidecar' : 'init', container }),
    ),
    ...pod.spec.containers.map((container): PodContainer => ({ kind: 'app', container })),
    ...(pod.spec.ephemeralContainers ?? []).map(
      (container): PodContainer => ({ kind: 'ephemeral', container: asContainer(container) }),
    ),
  ];
}

// An ephemeral container has a container's fields and one more, which is read elsewhere.
function asContainer(ephemeral: EphemeralContainer): Container {
  const { targetContainerName: _target, ...container } = ephemeral;
  return container;
}

export function findContainer(pod: Pod, name: string): PodContainer | undefined {
  return containersOf(pod).find((entry) => entry.container.name === name);
}

/** 'web_default(6f3c...)': how messages name a pod. */
export function describePod(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
}

export function podUid(pod: Pod): string {
  return pod.metadata.uid ?? '';
}

/** 'containerd://3f2a...' */
export function containerIdText(runtimeName: string, id: string): string {
  return `${runtimeName}://${id}`;
}
