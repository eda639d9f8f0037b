import { type NodeNetworkPlan, type NodePaths, nodeNetworkPlan, nodePaths } from '@trireme/adapter-node';
import { invariant } from '@trireme/base';
import type { ClusterSpec } from './cluster-spec.ts';
import type { Home } from './home.ts';

export function pathsOfNode(home: Home, clusterName: string, nodeName: string): NodePaths {
  return nodePaths({ cluster: clusterName, node: nodeName, home: home.directory });
}

/** The network of the cluster's nodes on this machine, made from the spec alone, so that `down` undoes what `up` did. */
export function networkPlanOf(home: Home, spec: ClusterSpec): NodeNetworkPlan {
  invariant(spec.nodeCidr, 'a cluster of real nodes has a node range');
  return nodeNetworkPlan({
    cluster: spec.name,
    nodes: spec.nodes.map((node) => ({ name: node.name, netns: pathsOfNode(home, spec.name, node.name).netns })),
    nodeCidr: spec.nodeCidr,
    podCidr: spec.podCidr,
    serviceCidr: spec.serviceCidr,
  });
}
