import { removeNode, undoNetworkPlan } from '@trireme/adapter-node';
import type { ClusterSpec } from '../../cluster-spec.ts';
import type { Home } from '../../home.ts';
import { networkPlanOf, pathsOfNode } from '../../node-plan.ts';

/** Ends every container of the cluster's nodes on this machine, and takes their network away. */
export async function removeNodes(home: Home, spec: ClusterSpec): Promise<void> {
  for (const node of spec.nodes) await removeNode(pathsOfNode(home, spec.name, node.name));
  await undoNetworkPlan(networkPlanOf(home, spec).undo);
}
