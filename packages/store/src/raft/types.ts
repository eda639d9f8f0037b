import type { Bytes } from '@trireme/base';

/** A member's number; positive and below 2^53. 0 stands for "none". */
export type MemberId = number;
export type Term = number;
/** The place of an entry in the log; the first is 1. */
export type LogIndex = number;

export const noMember: MemberId = 0;

export type Entry = {
  readonly index: LogIndex;
  readonly term: Term;
} & EntryContent;

export type EntryContent =
  /** What the host proposed; empty for the entry a new leader begins its term with. */
  | { readonly kind: 'normal'; readonly data: Bytes }
  /** A change of the membership, with the host's own words about it (addresses). */
  | { readonly kind: 'config'; readonly change: ConfigChange; readonly data: Bytes };

/** What must survive a crash beside the log. */
export interface HardState {
  readonly term: Term;
  readonly vote: MemberId;
  readonly commit: LogIndex;
}

/**
 * Who takes part. While `votersOutgoing` is not empty the configuration is joint (thesis section 4.3): every decision
 * needs a majority of both sets.
 */
export interface Configuration {
  readonly voters: readonly MemberId[];
  readonly votersOutgoing: readonly MemberId[];
  readonly learners: readonly MemberId[];
  /** Voters of the outgoing set that become learners when the joint configuration is left. */
  readonly learnersNext: readonly MemberId[];
  /** The leader leaves the joint configuration by itself once it has been applied. */
  readonly autoLeave: boolean;
}

export interface ConfigChange {
  /** None: leave the joint configuration. */
  readonly changes: readonly {
    /** `update` changes nothing here: the host's words about a member do, in the order of all changes. */
    readonly type: 'add-voter' | 'add-learner' | 'remove' | 'update';
    readonly id: MemberId;
  }[];
  /** `auto`: one change is made at once, several through a joint configuration that is left automatically. */
  readonly transition: 'auto' | 'joint-implicit' | 'joint-explicit';
}

/** What stands for all entries up to `index`. The state itself travels beside it, in the host's care. */
export interface SnapshotMark {
  readonly index: LogIndex;
  readonly term: Term;
  readonly config: Configuration;
}

/**
 * How far the sender knows the log to be committed. Elections carry it: a voter that has a change of the membership in
 * its log, but never heard that it is committed, might otherwise wait for ever for the votes of members that have left.
 */
export interface CommitMark {
  readonly index: LogIndex;
  readonly term: Term;
}

export interface AppendRefusal {
  /** The newest place at which the logs may still agree, and the follower's term there. */
  readonly hintIndex: LogIndex;
  readonly hintTerm: Term;
  /** The follower's disk lost what it had acknowledged: what the leader knows of its log does not hold any more. */
  readonly lost?: boolean | undefined;
}

/**
 * What a member that lost a part of its log must get back before it takes part in elections again (protocol-aware
 * recovery, Alagappan et al., FAST '18): everything up to `floor` as a leader of this term or a later one has it, or
 * whatever a leader of a later term has committed.
 */
export interface RepairNeed {
  readonly floor: LogIndex;
  /** The highest term in which this member may have acknowledged anything. */
  readonly term: Term;
}

/** `term` 0 marks what is not part of the protocol of terms: proposals and reads on their way to the leader. */
export type Message = {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly term: Term;
} & MessageContent;

export type MessageContent =
  | {
      readonly type: 'vote';
      readonly pre: boolean;
      readonly lastIndex: LogIndex;
      readonly lastTerm: Term;
      readonly commit: CommitMark;
      /** The leader itself asked for this election, so its followers need not protect it. */
      readonly transfer: boolean;
    }
  | {
      readonly type: 'vote-response';
      readonly pre: boolean;
      readonly granted: boolean;
      readonly commit: CommitMark;
    }
  | {
      readonly type: 'append';
      readonly prevIndex: LogIndex;
      readonly prevTerm: Term;
      readonly entries: readonly Entry[];
      readonly commit: LogIndex;
    }
  | {
      readonly type: 'append-response';
      /** All up to here is on the follower's disk; on refusal, the `prevIndex` that was refused. */
      readonly index: LogIndex;
      readonly refusal?: AppendRefusal | undefined;
    }
  | { readonly type: 'heartbeat'; readonly commit: LogIndex; readonly readRound: number }
  | { readonly type: 'heartbeat-response'; readonly readRound: number }
  | { readonly type: 'snapshot'; readonly snapshot: SnapshotMark }
  | { readonly type: 'timeout-now' }
  | { readonly type: 'transfer'; readonly target: MemberId }
  | { readonly type: 'propose'; readonly entries: readonly EntryContent[] }
  | { readonly type: 'read-index'; readonly context: number }
  | { readonly type: 'read-index-response'; readonly context: number; readonly index: LogIndex };

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/**
 * What the host must do now. The parts belong in this order: `messages` go out at once (a leader's disk works while its
 * followers' do); `snapshot`, `entries` and `hardState` are made durable; then `messagesAfterPersist` go out and
 * `advance({ persisted: number })` is called. `committed` may be applied at any time, in order.
 */
export interface Ready {
  /** Readies are numbered from 1; they must be persisted in order. */
  readonly number: number;
  readonly messages: readonly Message[];
  readonly messagesAfterPersist: readonly Message[];
  /** The log was replaced by this mark: what the host received with the snapshot is now its state. */
  readonly snapshot: SnapshotMark | undefined;
  /** Replace whatever the log holds from the first one's index on. */
  readonly entries: readonly Entry[];
  readonly hardState: HardState | undefined;
  /** False when nothing here needs to reach the disk before going on (only the commit index moved). */
  readonly mustSync: boolean;
  readonly committed: readonly Entry[];
  /** Reads that may be answered once everything up to `index` is applied. */
  readonly reads: readonly { readonly context: number; readonly index: LogIndex }[];
}

export type ProposalOutcome =
  | 'accepted'
  | 'forwarded'
  | 'no-leader'
  /** The leader is handing over; ask again after the election. */
  | 'transferring'
  /** Too much waits to be committed. */
  | 'busy'
  /** A change of the membership is under way, or this one makes no sense now. */
  | 'config-refused';
