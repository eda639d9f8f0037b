import { invariant } from '@trireme/base';
import type { Disk, Logger, PeerTransport, Random, Time } from '@trireme/ports';
import { defaultCacheBytes } from '../mvcc/index.ts';
import type { Sha256 } from '../snapshot-file/index.ts';
import type { StateLevel } from './checkpoints.ts';

export interface MemberPeer {
  readonly id: bigint;
  /** 'https://host:port', where the member's peer transport listens. */
  readonly url: string;
  readonly name?: string | undefined;
}

export interface MemberDeps {
  /** Positive, below 2^53, never used by another member of this cluster. */
  readonly id: bigint;
  /**
   * The members of a new cluster, this one included: the same list on each. A joining member names whom to hear. Later
   * the log knows the members; for those named here, the addresses given here count.
   */
  readonly peers: readonly MemberPeer[];
  /** This member's own folder. */
  readonly disk: Disk;
  /** Opens the database for the key space, in a place of its own ('view' encodings for keys and values). */
  readonly level: () => StateLevel | Promise<StateLevel>;
  readonly transport: PeerTransport;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
  /** For the sums of snapshots. By default one in the language, which takes several times as long as a platform's own. */
  readonly createSha256?: (() => Sha256) | undefined;
  readonly options?: Partial<MemberOptions>;
}

export interface MemberOptions {
  /** True: this member was added to a running cluster and learns everything from it. */
  readonly join: boolean;
  readonly clusterId: bigint;
  /**
   * A member that finds its log damaged starts all the same, gets what it lost from the others, and takes part in elections
   * when it has it. False: it does not start. It never does where the others alone are no majority.
   */
  readonly repairFromPeers: boolean;
  /** This member tells all others its name and where it serves clients, whenever they know something else. */
  readonly name: string | undefined;
  readonly clientUrls: readonly string[] | undefined;
  /** More learners than this are not added: each costs the leader what a voter does. */
  readonly maxLearners: number;
  /** How often the leader is heard when it has nothing to say. */
  readonly heartbeatMs: number;
  /** Without word from the leader for so long, up to twice as long, a member stands for election. Five heartbeats or more. */
  readonly electionTimeoutMs: number;
  /**
   * How a linearizable read is confirmed. `read-index` asks a majority each time and trusts no clock. `lease` answers at
   * once while a majority has answered the leader within three quarters of an election timeout: that is right as long as
   * no member's clock runs a fifth faster than another's. All members of a cluster must be of one mind in this, since
   * then none of them hurries an election.
   */
  readonly readMode: 'read-index' | 'lease';
  /** What is not answered by then is `unavailable`. */
  readonly requestTimeoutMs: number;
  readonly maxRequestBytes: number;
  readonly maxTxnOps: number;
  /** Beyond this size of keys and values only deletions and compactions are taken. */
  readonly quotaBytes: number;
  /** How often the leader compares what the members hold; 0: never. */
  readonly hashCheckMs: number;
  /** The state is written to disk after so many entries, or so many bytes of them, were applied. */
  readonly checkpointEntries: number;
  readonly checkpointBytes: number;
  /** What is kept of the log behind that, for followers that lag. */
  readonly keepEntries: number;
  readonly keepBytes: number;
  readonly segmentBytes: number;
  readonly progressIntervalMs: number;
  /** Values in memory beside those that are not stored yet: the newest writes and latest reads. */
  readonly valueCacheBytes: number;
  /** What a member may spend on sending its whole state to others that are too far behind, all together. */
  readonly transferBytesPerSecond: number;
  /** What goes in one message of it. */
  readonly transferPartBytes: number;
  /** The log is kept for a follower that is catching up, but no more than this. */
  readonly catchUpBytes: number;
  /** For how long compacted history is kept for going back in time; 0: not at all. */
  readonly retentionMs: number;
  /** How often the leader notes the time beside the revision, while that moves. */
  readonly timeMarkMs: number;
}

/** A heartbeat is two ticks: finer ones would spread elections more, and cost more than they bring. */
const heartbeatTicks = 2;

export interface Ticks {
  readonly tickMs: number;
  readonly heartbeatTicks: number;
  readonly electionTicks: number;
  readonly leaseMs: number;
}

/** The options' times as consensus counts them. */
export function ticksOf(options: Pick<MemberOptions, 'heartbeatMs' | 'electionTimeoutMs' | 'readMode'>): Ticks {
  const { heartbeatMs, electionTimeoutMs, readMode } = options;
  invariant(
    heartbeatMs > 0 && electionTimeoutMs >= 5 * heartbeatMs,
    `an election timeout is of five heartbeats or more, got ${electionTimeoutMs} ms and ${heartbeatMs} ms`,
  );
  const tickMs = heartbeatMs / heartbeatTicks;
  const electionTicks = Math.round(electionTimeoutMs / tickMs);
  // A follower's first tick may come right after the heartbeat, so it waits one less than it counts.
  const leaseMs = readMode === 'lease' ? Math.floor((electionTicks - 1) * tickMs * 0.8) : 0;
  return { tickMs, heartbeatTicks, electionTicks, leaseMs };
}

export const defaultOptions: MemberOptions = {
  join: false,
  repairFromPeers: true,
  clusterId: 0x7472_6972_656d_65n,
  name: undefined,
  clientUrls: undefined,
  maxLearners: 8,
  heartbeatMs: 100,
  electionTimeoutMs: 1_000,
  readMode: 'read-index',
  requestTimeoutMs: 7_000,
  maxRequestBytes: 1.5 * 1024 * 1024,
  maxTxnOps: 128,
  quotaBytes: 2 * 1024 * 1024 * 1024,
  hashCheckMs: 60_000,
  checkpointEntries: 5_000,
  checkpointBytes: 16 << 20,
  keepEntries: 1_000,
  keepBytes: 8 << 20,
  segmentBytes: 16 << 20,
  progressIntervalMs: 600_000,
  valueCacheBytes: defaultCacheBytes,
  transferBytesPerSecond: 64 << 20,
  transferPartBytes: 256 << 10,
  catchUpBytes: 64 << 20,
  retentionMs: 0,
  timeMarkMs: 1_000,
};
