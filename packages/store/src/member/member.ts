import type { Kv, StoreMember, StoreMemberInfo } from '@trireme/ports';
import type { DamagedValue } from '../mvcc/index.ts';
import type { Configuration, Role } from '../raft/index.ts';
import type { StoredCopy } from './stored-copy.ts';

export interface MemberStatus {
  readonly id: bigint;
  readonly role: Role;
  readonly term: number;
  /** 0n while no leader is known. */
  readonly leaderId: bigint;
  readonly config: Configuration;
  /** As this member knows them now. */
  readonly members: readonly StoreMemberInfo[];
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
  /** Its key space is damaged, or differs from the others': it serves nobody until it is repaired. */
  readonly outOfService: boolean;
  /** Its log was damaged, and it does not vote until it has back what it lost. */
  readonly repairing: boolean;
  /** The disk has no room for more log; writes are refused until it has. */
  readonly diskFull: boolean;
}

/** One member of a store: a replica of the key space, and a voice in what happens to it. */
export interface Member extends StoreMember {
  /** The whole store, through this member: writes go to the leader, watches are served from here. */
  readonly kv: Kv;
  status(): MemberStatus;
  /** Called with each change of whether this member leads; returns the way to stop that. */
  onLeadership(listener: (leads: boolean) => void): () => void;
  /** A copy of the stored state as it is now, to be read while writes go on. Must be released. */
  openCopy(): Promise<StoredCopy>;
  /** Told of every stored value that is found to be damaged, also of those found before; returns the way to stop that. */
  onDamage(listener: (value: DamagedValue) => void): () => void;
  /** Called once if the member had to stop by itself: its disk failed, or it found itself to be wrong. */
  onFailure(listener: (error: unknown) => void): void;
  stop(): Promise<void>;
}
