import { type Bytes, CodedError } from '@trireme/base';
import type { CallOptions, Revision } from './kv.ts';

/**
 * One member of a replicated store as those see it who look after the store: who takes part, who leads, what is wrong, and
 * a copy of everything. Reading and writing keys is the `Kv` beside it.
 */
export interface StoreMember {
  readonly id: bigint;
  isLeader(): boolean;
  /** `serializable`: as this member knows them now. Default: as of everything acknowledged before the call. */
  members(options?: CallOptions & { readonly serializable?: boolean }): Promise<readonly StoreMemberInfo[]>;
  /** Adds a member that has not started yet. Resolves, with the id it is to start with, when the change is in force. */
  addMember(request: AddMemberRequest, options?: CallOptions): Promise<StoreMemberInfo>;
  /** Throws `learner-not-ready` while it lags too far behind to vote. */
  promoteMember(id: bigint, options?: CallOptions): Promise<void>;
  /** May name the leader, which then hands over. The member stops when it hears of it. */
  removeMember(id: bigint, options?: CallOptions): Promise<void>;
  /** Several at once, through a joint configuration: all of them come into force, or none. */
  changeMembers(changes: readonly MemberChange[], options?: CallOptions): Promise<void>;
  /** Tells all members where one is reached. What is not given stays. */
  updateMember(
    id: bigint,
    change: { readonly peerUrls?: readonly string[]; readonly clientUrls?: readonly string[]; readonly name?: string },
    options?: CallOptions,
  ): Promise<void>;
  /** Resolves when another member, by default the most up to date one, leads. */
  transferLeadership(to?: bigint, options?: CallOptions): Promise<void>;
  /** Over the key space as it was at `revision`, by default now; equal on every member with the same compact revision. */
  hash(revision?: Revision): Promise<KeySpaceHash>;
  /** `serializable`: as this member knows them now. Default: as of everything acknowledged before the call. */
  alarms(options?: CallOptions & { readonly serializable?: boolean }): Promise<readonly StoreAlarm[]>;
  /** Does nothing where it is raised. */
  raiseAlarm(alarm: StoreAlarm): Promise<void>;
  /** Ends an alarm, if it is there. It comes back if its cause is still there. */
  disarmAlarm(alarm: StoreAlarm): Promise<void>;
  /** A copy of everything at one revision, from this member alone: it needs no majority. */
  snapshot(options?: CallOptions): Promise<StoreSnapshot>;
  /** Gives space that compaction has freed back to the file system. */
  defragment(): Promise<void>;
}

export interface StoreMemberInfo {
  readonly id: bigint;
  /** Empty while the member has not started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

export interface AddMemberRequest {
  readonly peerUrls: readonly string[];
  /** Chosen by the store where it is not given. */
  readonly id?: bigint | undefined;
  readonly name?: string | undefined;
  readonly clientUrls?: readonly string[] | undefined;
  /** True: it is sent everything and does not vote until it is promoted. */
  readonly isLearner?: boolean | undefined;
  /** A learner that is made a voter as soon as it has caught up. */
  readonly promoteWhenReady?: boolean | undefined;
}

export type MemberChange =
  | ({ readonly type: 'add' } & AddMemberRequest)
  | { readonly type: 'promote' | 'remove'; readonly id: bigint };

export interface KeySpaceHash {
  /** 32 bits. */
  readonly hash: number;
  readonly revision: Revision;
  readonly compactRevision: Revision;
}

export interface StoreAlarm {
  readonly memberId: bigint;
  /** The store is over its quota, or a disk is full; or a member's key space differs from the others'. */
  readonly type: 'no-space' | 'corrupt';
}

export interface StoreSnapshot {
  readonly revision: Revision;
  /** Of all pieces together, known from the start. */
  readonly sizeBytes: number;
  /** Read once. Leaving the loop frees what the copy holds. */
  readonly pieces: AsyncIterable<Bytes>;
}

export type StoreMemberErrorCode =
  | 'member-not-found'
  /** An id that is taken, or was and may not be used again. */
  | 'member-exists'
  | 'peer-url-exists'
  | 'not-learner'
  | 'learner-not-ready'
  | 'too-many-learners'
  /** The change would leave too few members that are well. */
  | 'unhealthy'
  | 'not-leader'
  /** No member, or none that votes, is there to take the lead. */
  | 'no-successor'
  | 'change-in-progress';

/** What managing a member throws. Where no majority answers it is a `KvError` with `unavailable`, as in every call. */
export class StoreMemberError extends CodedError<StoreMemberErrorCode> {
  override readonly name = 'StoreMemberError';
}
