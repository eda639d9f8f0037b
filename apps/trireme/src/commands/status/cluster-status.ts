/** What `status -o json` prints. Sizes are bytes, times milliseconds since the epoch. */
export interface ClusterStatus {
  readonly name: string;
  readonly runtime: 'containerd' | 'simulated';
  /** The one address for clients. */
  readonly server: string;
  /** Files with which etcd's clients reach the members' `etcd` addresses. */
  readonly etcdClient: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly members: readonly MemberStatus[];
  readonly nodes: readonly NodeStatus[];
  readonly processes: readonly ProcessStatus[];
}

export interface MemberStatus {
  readonly ordinal: number;
  readonly name: string;
  readonly address: string;
  /** Where it serves etcd's v3 API, to certificates of administrators. */
  readonly etcd?: string;
  /** 'silent': it does not answer. 'starting': it answers, and is not ready. */
  readonly state: 'ready' | 'starting' | 'silent';
  readonly leader: boolean;
  readonly term?: number;
  readonly revision?: number;
  readonly dataBytes?: number;
  readonly raftIndex?: number;
}

export interface NodeStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly address: string;
  readonly podCidr: string;
  readonly pods: number;
}

export interface ProcessStatus {
  readonly name: string;
  readonly state: 'running' | 'waiting' | 'stopped' | 'dead';
  readonly pid?: number;
  readonly memoryBytes?: number;
  readonly startedAtMs?: number;
  readonly restarts: number;
  readonly lastEnd?: string;
}

/** What a member answers at /trireme/v1/status. */
export interface MemberReport {
  readonly ready: boolean;
  readonly memberId: string;
  readonly leaderId: string;
  readonly term: number;
  readonly revision: number;
  readonly raftIndex: number;
  readonly dataBytes: number;
}
