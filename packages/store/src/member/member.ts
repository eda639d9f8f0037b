import type { CallOptions, Kv, StoreSnapshot } from '@trireme/ports';
import type { Configuration, Role } from '../raft/index.ts';
import type { MemberAddress } from './replica.ts';

export interface MemberStatus {
  readonly id: bigint;
  readonly role: Role;
  readonly term: number;
  /** 0n while no leader is known. */
  readonly leaderId: bigint;
  readonly config: Configuration;
  readonly members: readonly MemberAddress[];
  readonly lastIndex: number;
  readonly committedIndex: number;
  readonly appliedIndex: number;
  readonly revision: number;
  readonly compactRevision: number;
  /** Keys and values, all versions that are kept. */
  readonly dataBytes: number;
  readonly logBytes: number;
  readonly keyCount: number;
  readonly watchers: number;
  /** The disk has no room for more log; writes are refused until it has. */
  readonly diskFull: boolean;
}

/** One member of a store: a replica of the key space, and a voice in what happens to it. */
export interface Member {
  readonly id: bigint;
  /** The whole store, through this member: writes go to the leader, watches are served from here. */
  readonly kv: Kv;
  status(): MemberStatus;
  isLeader(): boolean;
  /** Called with each change of whether this member leads; returns the way to stop that. */
  onLeadership(listener: (leads: boolean) => void): () => void;
  /** Hands the lead to another member, by default the most up to date one. */
  transferLeadership(to?: bigint): Promise<void>;
  /** Adds a member, as a learner unless said otherwise: it is sent everything, and does not vote yet. */
  addMember(member: {
    readonly id: bigint;
    readonly url: string;
    readonly name?: string;
    readonly voter?: boolean;
  }): Promise<void>;
  /** Makes a learner that has caught up a voter. */
  promoteMember(id: bigint): Promise<void>;
  removeMember(id: bigint): Promise<void>;
  /** A hash over the key space as it was at `revision`; equal on every member that has it. */
  hash(revision?: number): number;
  /** A copy of everything at one revision, as a file in etcd's format, from this member alone: it needs no majority. */
  snapshot(options?: CallOptions): Promise<StoreSnapshot>;
  /** Called once if the member had to stop by itself: its disk failed, or it found itself to be wrong. */
  onFailure(listener: (error: unknown) => void): void;
  stop(): Promise<void>;
}
