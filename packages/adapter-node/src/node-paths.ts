import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CodedError } from '@trireme/base';

/** Where everything of one node lies. What must not outlive a boot is under the state folder, the rest under the root. */
export interface NodePaths {
  readonly cluster: string;
  readonly node: string;
  readonly root: string;
  readonly state: string;
  readonly containerdRoot: string;
  readonly containerdState: string;
  readonly containerdConfig: string;
  readonly containerdLog: string;
  readonly socket: string;
  readonly cniConf: string;
  readonly cniIpam: string;
  readonly registryConfig: string;
  /** The name under /var/run/netns. */
  readonly netns: string;
  readonly netnsPath: string;
  /** The network's name in CNI, and so in its cache of results. */
  readonly cniNetwork: string;
  /** All cgroups of the node are below this one, in every hierarchy. */
  readonly cgroupParent: string;
}

const safeName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** `home` is the cluster's own folder; `runtimeDirectory` is by default /run/trireme, which a reboot empties. */
export function nodePaths(options: {
  readonly cluster: string;
  readonly node: string;
  readonly home: string;
  readonly runtimeDirectory?: string | undefined;
}): NodePaths {
  const { cluster, node, home, runtimeDirectory = '/run/trireme' } = options;
  for (const name of [cluster, node]) {
    if (!safeName.test(name)) {
      throw new CodedError('invalid-name', `name a cluster or node '${name}': use lower case letters, digits and '-'`);
    }
  }
  const root = join(home, 'nodes', node);
  const state = join(runtimeDirectory, cluster, node);
  const netns = `trireme-${cluster}-${node}`;
  return {
    cluster,
    node,
    root,
    state,
    containerdRoot: join(root, 'containerd'),
    containerdState: join(state, 'containerd'),
    containerdConfig: join(root, 'containerd.toml'),
    containerdLog: join(root, 'containerd.log'),
    socket: join(state, 'containerd.sock'),
    cniConf: join(root, 'cni', 'net.d'),
    cniIpam: join(root, 'cni', 'ipam'),
    registryConfig: join(root, 'registries'),
    netns,
    netnsPath: join('/var/run/netns', netns),
    cniNetwork: netns,
    cgroupParent: `/trireme/${cluster}/${node}`,
  };
}

/** A short stable tag for names that the kernel keeps to 15 characters. */
export function shortTag(text: string, length = 8): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
