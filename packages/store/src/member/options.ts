import type { Disk, Logger, PeerTransport, Random, Time } from '@trireme/ports';
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
  /** The heartbeat interval. */
  readonly tickMs: number;
  /** Without word from the leader for this many ticks, up to twice as many, a member stands for election. */
  readonly electionTicks: number;
  /** What is not answered by then is `unavailable`. */
  readonly requestTimeoutMs: number;
  readonly maxRequestBytes: number;
  readonly maxTxnOps: number;
  /** Beyond this size of keys and values only deletions and compactions are taken. */
  readonly quotaBytes: number;
  /** The state is written to disk after so many entries, or so many bytes of them, were applied. */
  readonly checkpointEntries: number;
  readonly checkpointBytes: number;
  /** What is kept of the log behind that, for followers that lag. */
  readonly keepEntries: number;
  readonly keepBytes: number;
  readonly segmentBytes: number;
  readonly progressIntervalMs: number;
}

export const defaultOptions: MemberOptions = {
  join: false,
  clusterId: 0x7472_6972_656d_65n,
  tickMs: 100,
  electionTicks: 10,
  requestTimeoutMs: 7_000,
  maxRequestBytes: 1.5 * 1024 * 1024,
  maxTxnOps: 128,
  quotaBytes: 2 * 1024 * 1024 * 1024,
  checkpointEntries: 5_000,
  checkpointBytes: 16 << 20,
  keepEntries: 1_000,
  keepBytes: 8 << 20,
  segmentBytes: 16 << 20,
  progressIntervalMs: 600_000,
};
