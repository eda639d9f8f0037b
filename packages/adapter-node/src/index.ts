/**
 * What it takes to raise real nodes on one Linux host: each is a network namespace with its own containerd, joined by a
 * bridge that has no way to the host's uplink unless asked for.
 *
 * @example
 * import * as nodes from '@trireme/adapter-node';
 *
 * const host = await nodes.detectHost();
 * const paths = nodes.nodePaths({ cluster: 'demo', node: 'node-1', home: '/root/.trireme/demo' });
 * const plan = nodes.nodeNetworkPlan({ cluster: 'demo', nodes: [{ name: 'node-1', netns: paths.netns }], ...ranges });
 * await nodes.applyNetworkPlan(plan.steps);
 * await nodes.prepareNode({ paths, host, podCidr: '10.244.0.0/24' });
 * await nodes.startContainerd(paths);
 * // ... and back:
 * await nodes.removeNode(paths);
 * await nodes.undoNetworkPlan(plan.undo);
 */
export {
  type CgroupHierarchies,
  type CgroupMode,
  cgroupProcesses,
  ensureCgroup,
  readCgroupHierarchies,
  removeCgroup,
} from './cgroups.ts';
export { type CniConfigOptions, cniConfig } from './cni-config.ts';
export { type ContainerdConfigOptions, containerdConfig, defaultSandboxImage } from './containerd-config.ts';
export { detectHost, type HostFacts, type HostVerdict, judgeHost, type NodePackage } from './detect-host.ts';
export { busyboxImages, busyboxNames, ensureBusyboxArchive } from './image/busybox-images.ts';
export { createImageArchive, type LocalImage } from './image/oci-archive.ts';
export { createTar, type TarEntry } from './image/tar.ts';
export { importImages } from './import-images.ts';
export { applyNetworkPlan, undoNetworkPlan } from './network/apply-plan.ts';
export { type ClusterRanges, chooseRanges, routeDestinations } from './network/choose-ranges.ts';
export { hostRouteDestinations } from './network/host-routes.ts';
export {
  type NetworkStep,
  type NodeNetworkOptions,
  type NodeNetworkPlan,
  nodeNetworkPlan,
  type PlannedNode,
} from './network/plan.ts';
export {
  containerdCommand,
  type NodeCommand,
  type NodeSetup,
  nodeCommand,
  prepareNode,
  type StartedContainerd,
  startContainerd,
  waitForContainerd,
} from './node.ts';
export { type NodePaths, nodePaths } from './node-paths.ts';
export { containerdOf, shimsOf } from './process/node-processes.ts';
export { listProcesses, type ProcessInfo } from './process/processes.ts';
export { removeNode, stopContainerd } from './remove-node.ts';
