import type { Endpoint } from '../load/connection.ts';

/**
 * Who is measured. A benchmark has two: ours, and the peer that it names. Both are started, loaded and looked at in the same
 * way, so that whatever differs is theirs.
 */
export interface Contender {
  /** 'etcd 3.7.3' */
  readonly title: string;
  /** Where the program came from. */
  readonly origin: string;
  /** Starts all members, and resolves when they serve. */
  start(): Promise<Cluster>;
}

export interface ClusterMember {
  readonly name: string;
  readonly pid: number;
  readonly endpoint: Endpoint;
}

export interface Cluster {
  /** Those that run, the leader first. */
  members(): Promise<readonly ClusterMember[]>;
  /** All members anew, on what they have on disk. */
  restart(): Promise<void>;
  /** Starts again a member that has ended, and waits until it serves. */
  revive(name: string): Promise<void>;
  /** Drops the history that has gathered, as an apiserver does every five minutes. */
  compact(): Promise<void>;
  /** Process ids, whatever their state. */
  pids(): readonly number[];
  stop(): Promise<void>;
}
