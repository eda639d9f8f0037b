import type { Endpoint } from '../load/connection.ts';

/**
 * Who is measured. A benchmark has two: ours, and the peer that it names. Both are started, loaded and looked at in the same
 * way, so that whatever differs is theirs.
 */
export interface Contender<Kind extends Cluster = Cluster> {
  readonly role: 'ours' | 'peer';
  /** 'etcd 3.7.3' */
  readonly title: string;
  /** Starts all members, and resolves when they serve. */
  start(): Promise<Kind>;
}

/** A contender as it runs. */
export interface Running<Kind extends Cluster = Cluster> {
  readonly role: 'ours' | 'peer';
  readonly title: string;
  readonly cluster: Kind;
}

/** Both, ours first. */
export type Both<Kind extends Cluster = Cluster> = readonly [ours: Running<Kind>, peer: Running<Kind>];

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
  /** Of the processes that run. */
  pids(): readonly number[];
  stop(): Promise<void>;
}

export async function startBoth<Kind extends Cluster>(
  ours: Contender<Kind>,
  peer: Contender<Kind>,
): Promise<Both<Kind>> {
  const begin = async (contender: Contender<Kind>): Promise<Running<Kind>> => ({
    role: contender.role,
    title: contender.title,
    cluster: await contender.start(),
  });
  return [await begin(ours), await begin(peer)];
}
