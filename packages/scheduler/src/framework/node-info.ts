import type { ContainerPort, Node, Pod } from '@trireme/schema/types/core/v1';
import { type Amounts, addAmounts, amountsOf, noAmounts, requestsOfPod } from './resources.ts';

/** A node with what runs on it, counted. Immutable: adding a pod gives a new one. */
export interface NodeInfo {
  readonly name: string;
  readonly node: Node;
  readonly pods: readonly Pod[];
  readonly allocatable: Amounts;
  readonly requested: Amounts;
  /** 'TCP/0.0.0.0/8080' of every host port in use. */
  readonly usedPorts: ReadonlySet<string>;
}

export function nodeInfoOf(node: Node, pods: readonly Pod[]): NodeInfo {
  let requested = noAmounts;
  const usedPorts = new Set<string>();
  for (const pod of pods) {
    requested = addAmounts(requested, requestsOfPod(pod));
    for (const port of hostPortsOf(pod)) usedPorts.add(portKey(port));
  }
  return {
    name: node.metadata.name,
    node,
    pods,
    allocatable: amountsOf(node.status?.allocatable),
    requested,
    usedPorts,
  };
}

export function withPod(info: NodeInfo, pod: Pod): NodeInfo {
  return {
    ...info,
    pods: [...info.pods, pod],
    requested: addAmounts(info.requested, requestsOfPod(pod)),
    usedPorts: new Set([...info.usedPorts, ...hostPortsOf(pod).map(portKey)]),
  };
}

export function hostPortsOf(pod: Pod): readonly ContainerPort[] {
  const containers = [
    ...(pod.spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always'),
    ...pod.spec.containers,
  ];
  return containers.flatMap((container) => (container.ports ?? []).filter((port) => (port.hostPort ?? 0) > 0));
}

export function portKey(port: ContainerPort): string {
  return `${port.protocol ?? 'TCP'}/${port.hostIP || '0.0.0.0'}/${port.hostPort}`;
}
