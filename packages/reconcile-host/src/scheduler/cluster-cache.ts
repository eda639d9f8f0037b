import { type NodeInfo, nodeInfoOf, withPod } from '@trireme/scheduler';
import type { Node, Pod } from '@trireme/schema/types/core/v1';

/**
 * The nodes with what runs on them, kept as events come. A pod that was placed counts from that moment ("assumed"), although
 * the API shows it only later; the assumption ends when the API shows the pod, or the binding failed.
 */
export interface ClusterCache {
  setNode(node: Node): void;
  removeNode(name: string): void;
  /** A pod that the API shows. Finished pods hold nothing. */
  setPod(pod: Pod): void;
  removePod(pod: Pod): void;
  assume(pod: Pod, nodeName: string): void;
  forget(pod: Pod): void;
  nodes(): readonly NodeInfo[];
}

export function createClusterCache(): ClusterCache {
  const infos = new Map<string, NodeInfo>();
  const podsByNode = new Map<string, Map<string, Pod>>();
  const nodeOfPod = new Map<string, string>();
  let ordered: readonly NodeInfo[] | undefined;

  const podsOn = (nodeName: string): Map<string, Pod> => {
    const known = podsByNode.get(nodeName);
    if (known) return known;
    const pods = new Map<string, Pod>();
    podsByNode.set(nodeName, pods);
    return pods;
  };
  const recount = (nodeName: string): void => {
    const info = infos.get(nodeName);
    if (info) put(nodeInfoOf(info.node, [...podsOn(nodeName).values()]));
  };
  const put = (info: NodeInfo): void => {
    infos.set(info.name, info);
    ordered = undefined;
  };
  const drop = (key: string): void => {
    const nodeName = nodeOfPod.get(key);
    if (nodeName === undefined) return;
    nodeOfPod.delete(key);
    podsByNode.get(nodeName)?.delete(key);
    recount(nodeName);
  };
  const place = (pod: Pod, nodeName: string): void => {
    const key = keyOfPod(pod);
    const before = nodeOfPod.get(key);
    const isNew = before === undefined;
    if (!isNew && before !== nodeName) drop(key);
    nodeOfPod.set(key, nodeName);
    podsOn(nodeName).set(key, pod);
    const info = infos.get(nodeName);
    if (isNew && info) put(withPod(info, pod));
    else recount(nodeName);
  };

  return {
    setNode(node) {
      put(nodeInfoOf(node, [...podsOn(node.metadata.name).values()]));
    },
    removeNode(name) {
      infos.delete(name);
      ordered = undefined;
    },
    setPod(pod) {
      if (!pod.spec.nodeName) return;
      if (isFinished(pod)) drop(keyOfPod(pod));
      else place(pod, pod.spec.nodeName);
    },
    removePod: (pod) => drop(keyOfPod(pod)),
    assume: (pod, nodeName) => place({ ...pod, spec: { ...pod.spec, nodeName } }, nodeName),
    forget: (pod) => drop(keyOfPod(pod)),
    nodes() {
      ordered ??= [...infos.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      return ordered;
    },
  };
}

/** The uid, so that a pod that was made anew under an old name is not taken for the old one. */
export function keyOfPod(pod: Pod): string {
  return pod.metadata.uid ?? `${pod.metadata.namespace}/${pod.metadata.name}`;
}

export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
