/**
 * A whole control plane from code, in any world: time, randomness, disks, network and container runtimes are given in.
 * `@trireme/cluster/node` is the same with a world that is ready made.
 *
 * @example
 * import { composeCluster } from '@trireme/cluster';
 *
 * const cluster = await composeCluster(world, { members: 3, nodes: 2, capacity, rootCa, store: {} });
 * console.log(cluster.leader()?.name);
 * await cluster.stop();
 */
export type { ClusterMember } from './cluster-member.ts';
export type { ClusterNode } from './cluster-node.ts';
export { type Cluster, type ClusterOptions, composeCluster } from './compose-cluster.ts';
export {
  type ControlLoops,
  type ControlLoopsDeps,
  type ControlLoopsOptions,
  createControlLoops,
} from './control-loops.ts';
export type { ClusterWorld, Machine, NodeCapacity, NodePlace, NodeRuntime } from './world.ts';
