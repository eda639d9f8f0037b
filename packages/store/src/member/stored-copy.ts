import type { KeyValue, LeaseId, Revision } from '@trireme/ports';
import type { Configuration } from '../raft/index.ts';
import type { MemberAddress } from './member-book.ts';

/** A version as it is stored. `version` 0 marks a tombstone: its value is empty, its create revision 0, its lease 0n. */
export interface StoredVersion extends KeyValue {
  /** Its place among the changes of its revision. */
  readonly sub: number;
}

/** A version that compaction has removed from the key space, and that is kept for going back in time. */
export interface ArchivedVersion extends StoredVersion {
  /** The revision that replaced or deleted it: it was what a reader saw from `modRevision` up to just before this. */
  readonly supersededBy: Revision;
}

/** At this moment the store was at this revision. Marks come in the order of both. */
export interface TimeMark {
  readonly revision: Revision;
  readonly unixMs: number;
}

export interface StoredCopyMeta {
  readonly clusterId: bigint;
  /** The place in the log of which this copy is the outcome. */
  readonly index: number;
  readonly term: number;
  readonly revision: Revision;
  readonly compactRevision: Revision;
  readonly leases: readonly { readonly id: LeaseId; readonly ttlSeconds: number }[];
  readonly config: Configuration;
  readonly addresses: readonly MemberAddress[];
  readonly marks: readonly TimeMark[];
}

/**
 * A whole state at one revision, read from the disk while writes go on. It is taken of this member alone and needs no
 * majority. Each call of `versions` or `archived` reads from the start and tells the same; every value's checksum is
 * checked, and a damaged one ends the reading with a `DamagedValueError`.
 */
export interface StoredCopy {
  readonly meta: StoredCopyMeta;
  /** Everything in the order of (modRevision, sub), in batches that fit one turn. May hold what is compacted and not yet swept. */
  versions(): AsyncIterable<readonly StoredVersion[]>;
  /** In the order of (supersededBy, modRevision, sub). Empty where no retention is set. */
  archived(): AsyncIterable<readonly ArchivedVersion[]>;
  /** Frees what the copy holds. Safe to repeat. */
  release(): Promise<void>;
}
