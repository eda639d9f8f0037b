/** What the API asks of the member behind it beside its `Kv`: for Maintenance and Cluster. */
export interface EtcdMember {
  members(): readonly EtcdMemberAddress[];
  isLeader(): boolean;
  /** A hash over the key space as it was at `revision`, by default now; equal on every member. */
  hash(revision?: number): number | Promise<number>;
  transferLeadership(to: bigint): Promise<void>;
  /** What is wrong with the store: it is full, or members differ. */
  alarms?(): readonly EtcdAlarm[];
}

export interface EtcdMemberAddress {
  readonly id: bigint;
  /** Empty while the member has not started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

export interface EtcdAlarm {
  readonly memberId: bigint;
  readonly type: 'no-space' | 'corrupt';
}
