/**
 * What `up` decided for a cluster on this machine when it was first raised, kept in cluster.json so that every later
 * command and every restart sees the same.
 */
export interface ClusterSpec {
  readonly formatVersion: 1;
  readonly name: string;
  readonly runtime: 'containerd' | 'simulated';
  /** The one address for clients: every ready member listens on it. */
  readonly port: number;
  /** Where every member can be reached by nodes, and what its certificate is for: '127.0.0.1', or the host's side of the node network. */
  readonly controlPlaneHost: string;
  readonly members: readonly MemberSpec[];
  readonly nodes: readonly NodeSpec[];
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly dnsAddress: string;
  readonly clusterDomain: string;
  /** For how long one can go back in time past what was compacted. Absent: not at all. */
  readonly historyRetentionMs?: number;
  /** Absent with the simulated runtime. */
  readonly nodeCidr?: string;
  /** Where nodes reach image registries through the host. Absent with the simulated runtime. */
  readonly pullProxyPort?: number;
}

export interface MemberSpec {
  /** 1, 2, 3, ...: what `--member` takes. */
  readonly ordinal: number;
  readonly name: string;
  readonly apiPort: number;
  readonly peerPort: number;
  /** Where it serves etcd's v3 API. Absent in clusters that were raised before there was one. */
  readonly etcdPort?: number;
}

export interface NodeSpec {
  readonly name: string;
  /** The node's address on the node network; 127.0.0.1 with the simulated runtime. */
  readonly address: string;
  /** The network namespace the node lives in; absent with the simulated runtime. */
  readonly namespace?: string;
  /** 0: the kubelet takes a free one. */
  readonly kubeletPort: number;
  /** The range of the node's pods, which the network of this machine already routes to it. */
  readonly podCidr?: string;
}

/** Ports of one cluster on one machine: the shared one, then one per member for the API, for etcd's API, and for peers. */
export function portsOf(port: number, members: number): readonly MemberSpec[] {
  return Array.from({ length: members }, (_, index) => ({
    ordinal: index + 1,
    name: `m${index + 1}`,
    apiPort: port + 1 + index,
    peerPort: port + 21 + index,
    etcdPort: port + 11 + index,
  }));
}
