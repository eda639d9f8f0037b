import { type Bytes, CodedError } from '@trireme/base';
import type { CancelSignal } from './time.ts';

/**
 * The one seam of storage: a revisioned, ordered key space with etcd v3's semantics. Every change gets the next revision;
 * reads may name an old one until it is compacted; watches replay from any revision that is still there.
 * Three implementations pass one compliance suite: in memory, the embedded Raft member, any etcd v3 server over gRPC.
 */
export interface Kv {
  range(request: RangeRequest, options?: CallOptions): Promise<RangeResponse>;
  /** Applies `success` if every comparison holds, else `failure`, at one revision. */
  txn(request: TxnRequest, options?: CallOptions): Promise<TxnResponse>;
  /** Starts at once; the stream's first response is `created`. */
  watch(request: WatchRequest): WatchStream;
  leaseGrant(
    request: { readonly ttlSeconds: number; readonly id?: LeaseId },
    options?: CallOptions,
  ): Promise<LeaseStatus>;
  /** Deletes the lease and all keys attached to it, at one revision. */
  leaseRevoke(id: LeaseId, options?: CallOptions): Promise<void>;
  /** Renews to the granted TTL. Throws `lease-not-found` when it has expired. */
  leaseKeepAlive(id: LeaseId, options?: CallOptions): Promise<LeaseStatus>;
  leaseTimeToLive(id: LeaseId, options?: CallOptions & { readonly keys?: boolean }): Promise<LeaseStatus>;
  leases(options?: CallOptions): Promise<readonly LeaseId[]>;
  /** History below `revision` may be dropped; reads and watches below it answer `compacted`. */
  compact(revision: Revision, options?: CallOptions): Promise<void>;
  status(options?: CallOptions): Promise<KvStatus>;
}

/** The number of a change of the key space. The empty store is at 1, as in etcd. Stays below 2^53. */
export type Revision = number;
/** 64-bit, positive. 0n means no lease. */
export type LeaseId = bigint;

export interface CallOptions {
  /** Gives up waiting. A write given up on may still happen. */
  readonly signal?: CancelSignal;
}

export interface KeyValue {
  readonly key: Bytes;
  readonly value: Bytes;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  /** 1 at creation, then one more per change; a deletion starts it anew. */
  readonly version: number;
  readonly lease: LeaseId;
}

export interface Header {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /** The key space's revision when the answer was made. */
  readonly revision: Revision;
  readonly raftTerm: number;
}

/**
 * `rangeEnd` absent: the one key. `rangeEnd` a single zero byte: every key from `key` on. Else keys in [key, rangeEnd).
 * `prefixEnd` computes the end for a prefix.
 */
export interface KeyRange {
  readonly key: Bytes;
  readonly rangeEnd?: Bytes | undefined;
}

export interface RangeRequest extends KeyRange {
  /** 0 or absent: no limit. */
  readonly limit?: number | undefined;
  /** 0 or absent: the newest. */
  readonly revision?: Revision | undefined;
  /** True: answer from this replica as it stands. Default: linearizable. */
  readonly serializable?: boolean | undefined;
  readonly keysOnly?: boolean | undefined;
  readonly countOnly?: boolean | undefined;
  readonly sort?:
    | { readonly by: 'key' | 'version' | 'create' | 'mod' | 'value'; readonly descending?: boolean }
    | undefined;
  readonly minModRevision?: Revision | undefined;
  readonly maxModRevision?: Revision | undefined;
  readonly minCreateRevision?: Revision | undefined;
  readonly maxCreateRevision?: Revision | undefined;
}

export interface RangeResponse {
  readonly header: Header;
  readonly kvs: readonly KeyValue[];
  /** More keys than `limit` are in the range. */
  readonly more: boolean;
  /** Keys in the range, whatever the limit. */
  readonly count: number;
}

export type Compare = KeyRange & { readonly result: 'equal' | 'not-equal' | 'greater' | 'less' } & (
    | { readonly target: 'version' | 'create' | 'mod'; readonly value: number }
    | { readonly target: 'value'; readonly value: Bytes }
    | { readonly target: 'lease'; readonly value: LeaseId }
  );

export type PutRequest = {
  readonly key: Bytes;
  readonly value: Bytes;
  readonly lease?: LeaseId | undefined;
  readonly prevKv?: boolean | undefined;
  /** Keep the present value, or lease. The key must exist (`key-not-found`). */
  readonly ignoreValue?: boolean | undefined;
  readonly ignoreLease?: boolean | undefined;
};

export interface DeleteRangeRequest extends KeyRange {
  readonly prevKv?: boolean | undefined;
}

export type Op =
  | { readonly type: 'range'; readonly request: RangeRequest }
  | { readonly type: 'put'; readonly request: PutRequest }
  | { readonly type: 'delete-range'; readonly request: DeleteRangeRequest }
  | { readonly type: 'txn'; readonly request: TxnRequest };

export type OpResponse =
  | { readonly type: 'range'; readonly response: RangeResponse }
  | { readonly type: 'put'; readonly response: { readonly prevKv?: KeyValue | undefined } }
  | {
      readonly type: 'delete-range';
      readonly response: { readonly deleted: number; readonly prevKvs: readonly KeyValue[] };
    }
  | { readonly type: 'txn'; readonly response: TxnResponse };

export interface TxnRequest {
  readonly compare?: readonly Compare[];
  /** A key may be put only once in one transaction (`duplicate-key`). */
  readonly success?: readonly Op[];
  readonly failure?: readonly Op[];
}

export interface TxnResponse {
  readonly header: Header;
  readonly succeeded: boolean;
  readonly responses: readonly OpResponse[];
}

export interface WatchRequest extends KeyRange {
  /** The first revision wanted. 0 or absent: from now on. */
  readonly startRevision?: Revision | undefined;
  readonly prevKv?: boolean | undefined;
  readonly filters?: readonly ('no-put' | 'no-delete')[] | undefined;
  /** Send `progress` by itself when idle for long. */
  readonly progressNotify?: boolean | undefined;
}

export interface KvEvent {
  readonly type: 'put' | 'delete';
  /** For a delete: the key, modRevision of the deletion, and an empty value. */
  readonly kv: KeyValue;
  readonly prevKv?: KeyValue | undefined;
}

export type WatchResponse =
  | { readonly type: 'created'; readonly revision: Revision }
  /** All events of one or more whole revisions, in order; `revision` is the last. */
  | { readonly type: 'events'; readonly revision: Revision; readonly events: readonly KvEvent[] }
  /** All events up to `revision` have been delivered. */
  | { readonly type: 'progress'; readonly revision: Revision }
  /** The wanted revision is gone. The stream ends; list, and watch from there. */
  | { readonly type: 'compacted'; readonly compactRevision: Revision };

/**
 * Each event once, in revision order, without a gap, or `compacted`. A slow reader costs no unbounded memory: the store
 * then reads its events from history when it catches up. Read by one consumer; leaving the loop cancels.
 */
export interface WatchStream extends AsyncIterable<WatchResponse> {
  cancel(): void;
  /** Asks for a `progress` response once everything up to now has been delivered. */
  requestProgress(): void;
}

export interface LeaseStatus {
  readonly id: LeaseId;
  readonly grantedTtlSeconds: number;
  /** Remaining; -1 when the lease is not there. */
  readonly ttlSeconds: number;
  readonly keys?: readonly Bytes[] | undefined;
}

export interface KvStatus {
  readonly header: Header;
  /** 0n while no leader is known. */
  readonly leaderId: bigint;
  readonly raftIndex: number;
  readonly raftAppliedIndex: number;
  /** On the disk, as far as that is known. */
  readonly dbSizeBytes: number;
  /** Of keys and values that are kept; what quotas count. Absent where the server does not say. */
  readonly dbSizeInUseBytes?: number | undefined;
  readonly compactRevision: Revision;
  readonly isLearner: boolean;
}

export type KvErrorCode =
  | 'compacted'
  | 'future-revision'
  | 'no-space'
  /** No leader, or leadership was lost: the write may or may not have happened. */
  | 'unavailable'
  | 'too-many-requests'
  | 'request-too-large'
  | 'too-many-operations'
  | 'lease-not-found'
  | 'lease-exists'
  | 'lease-ttl-too-large'
  | 'empty-key'
  | 'key-not-found'
  | 'duplicate-key'
  | 'value-provided'
  | 'lease-provided'
  | 'invalid-sort'
  /** What this server has stored of the answer is damaged. Another one of the store may have it. */
  | 'corrupt'
  | 'cancelled'
  | 'stopped';

/** What a `Kv` throws. `KvError` with `unavailable` or `cancelled` on a write leaves its outcome open. */
export class KvError extends CodedError<KvErrorCode> {
  override readonly name = 'KvError';
}

/** The end of the range of all keys that start with `prefix`; a single zero byte when there is none above. */
export function prefixEnd(prefix: Bytes): Uint8Array<ArrayBuffer> {
  const end = new Uint8Array(prefix);
  for (let i = end.length - 1; i >= 0; i--) {
    const byte = end[i] as number;
    if (byte < 0xff) {
      end[i] = byte + 1;
      return end.slice(0, i + 1);
    }
  }
  return new Uint8Array([0]);
}
