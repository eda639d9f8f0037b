import type { PointInTime } from '@trireme/store';

/** Which members to ask, and what to show them: as etcdctl takes it. */
export interface EndpointOptions {
  readonly endpoints: string;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface SaveOptions extends EndpointOptions {
  readonly cluster?: string;
}

export interface StatusOptions {
  readonly output: 'table' | 'json';
  /** As etcd's tools call it. */
  readonly writeOut?: 'table' | 'json' | 'simple';
  readonly skipHashCheck?: boolean;
}

export interface RestoreOptions {
  readonly dataDir?: string;
  readonly name: string;
  readonly initialCluster?: string;
  readonly initialClusterToken: string;
  readonly initialAdvertisePeerUrls: string;
  readonly cluster?: string;
  readonly at?: PointInTime;
  readonly bumpRevision?: number;
  readonly markCompacted?: boolean;
  readonly skipHashCheck?: boolean;
}
