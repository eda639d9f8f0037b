import type { PointInTime } from '@trireme/store';

export interface SaveOptions {
  readonly endpoints: string;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
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
