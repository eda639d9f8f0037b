import type { Bytes } from '@trireme/base';
import type { Int64 } from './int64.ts';

/**
 * The messages of the schema as the codec reads and writes them. Every field may be absent, which stands for its default;
 * enumerations are their numbers.
 */
type Message<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | null | undefined };

export type HeaderMessage = Message<{ clusterId: Int64; memberId: Int64; revision: Int64; raftTerm: Int64 }>;
export type KeyValueMessage = Message<{
  key: Bytes;
  value: Bytes;
  createRevision: Int64;
  modRevision: Int64;
  version: Int64;
  lease: Int64;
}>;
export type EventMessage = Message<{ type: number; kv: KeyValueMessage; prevKv: KeyValueMessage }>;
export type RangeRequestMessage = Message<{
  key: Bytes;
  rangeEnd: Bytes;
  limit: Int64;
  revision: Int64;
  sortOrder: number;
  sortTarget: number;
  serializable: boolean;
  keysOnly: boolean;
  countOnly: boolean;
  minModRevision: Int64;
  maxModRevision: Int64;
  minCreateRevision: Int64;
  maxCreateRevision: Int64;
}>;
export type RangeResponseMessage = Message<{
  header: HeaderMessage;
  kvs: readonly KeyValueMessage[];
  more: boolean;
  count: Int64;
}>;
export type PutRequestMessage = Message<{
  key: Bytes;
  value: Bytes;
  lease: Int64;
  prevKv: boolean;
  ignoreValue: boolean;
  ignoreLease: boolean;
}>;
export type PutResponseMessage = Message<{ header: HeaderMessage; prevKv: KeyValueMessage }>;
export type DeleteRangeRequestMessage = Message<{ key: Bytes; rangeEnd: Bytes; prevKv: boolean }>;
export type DeleteRangeResponseMessage = Message<{
  header: HeaderMessage;
  deleted: Int64;
  prevKvs: readonly KeyValueMessage[];
}>;
export type RequestOpMessage = Message<{
  requestRange: RangeRequestMessage;
  requestPut: PutRequestMessage;
  requestDeleteRange: DeleteRangeRequestMessage;
  requestTxn: TxnRequestMessage;
}>;
export type ResponseOpMessage = Message<{
  responseRange: RangeResponseMessage;
  responsePut: PutResponseMessage;
  responseDeleteRange: DeleteRangeResponseMessage;
  responseTxn: TxnResponseMessage;
}>;
export type CompareMessage = Message<{
  result: number;
  target: number;
  key: Bytes;
  rangeEnd: Bytes;
  version: Int64;
  createRevision: Int64;
  modRevision: Int64;
  value: Bytes;
  lease: Int64;
}>;
export interface TxnRequestMessage {
  readonly compare?: readonly CompareMessage[] | null | undefined;
  readonly success?: readonly RequestOpMessage[] | null | undefined;
  readonly failure?: readonly RequestOpMessage[] | null | undefined;
}
export interface TxnResponseMessage {
  readonly header?: HeaderMessage | null | undefined;
  readonly succeeded?: boolean | null | undefined;
  readonly responses?: readonly ResponseOpMessage[] | null | undefined;
}
export type CompactionRequestMessage = Message<{ revision: Int64; physical: boolean }>;
/** Answers that say no more than that it was done. */
export type HeaderOnlyMessage = Message<{ header: HeaderMessage }>;

export type WatchCreateMessage = Message<{
  key: Bytes;
  rangeEnd: Bytes;
  startRevision: Int64;
  progressNotify: boolean;
  filters: readonly number[];
  prevKv: boolean;
  watchId: Int64;
  fragment: boolean;
}>;
export type WatchRequestMessage = Message<{
  createRequest: WatchCreateMessage;
  cancelRequest: Message<{ watchId: Int64 }>;
  progressRequest: object;
}>;
export type WatchResponseMessage = Message<{
  header: HeaderMessage;
  watchId: Int64;
  created: boolean;
  canceled: boolean;
  compactRevision: Int64;
  cancelReason: string;
  fragment: boolean;
  events: readonly EventMessage[];
}>;

export type LeaseGrantRequestMessage = Message<{ TTL: Int64; ID: Int64 }>;
export type LeaseGrantResponseMessage = Message<{ header: HeaderMessage; ID: Int64; TTL: Int64; error: string }>;
export type LeaseIdMessage = Message<{ ID: Int64 }>;
export type LeaseKeepAliveResponseMessage = Message<{ header: HeaderMessage; ID: Int64; TTL: Int64 }>;
export type LeaseTimeToLiveRequestMessage = Message<{ ID: Int64; keys: boolean }>;
export type LeaseTimeToLiveResponseMessage = Message<{
  header: HeaderMessage;
  ID: Int64;
  TTL: Int64;
  grantedTTL: Int64;
  keys: readonly Bytes[];
}>;
export type LeaseLeasesResponseMessage = Message<{ header: HeaderMessage; leases: readonly LeaseIdMessage[] }>;

export type MemberMessage = Message<{
  ID: Int64;
  name: string;
  peerURLs: readonly string[];
  clientURLs: readonly string[];
  isLearner: boolean;
}>;
export type MemberAddRequestMessage = Message<{ peerURLs: readonly string[]; isLearner: boolean }>;
export type MemberIdMessage = Message<{ ID: Int64 }>;
export type MemberUpdateRequestMessage = Message<{ ID: Int64; peerURLs: readonly string[] }>;
export type MemberListRequestMessage = Message<{ linearizable: boolean }>;
export type MemberListResponseMessage = Message<{ header: HeaderMessage; members: readonly MemberMessage[] }>;
export type StatusResponseMessage = Message<{
  header: HeaderMessage;
  version: string;
  dbSize: Int64;
  leader: Int64;
  raftIndex: Int64;
  raftTerm: Int64;
  raftAppliedIndex: Int64;
  errors: readonly string[];
  dbSizeInUse: Int64;
  isLearner: boolean;
  storageVersion: string;
  dbSizeQuota: Int64;
}>;
export type AlarmRequestMessage = Message<{ action: number; memberID: Int64; alarm: number }>;
export type AlarmMemberMessage = Message<{ memberID: Int64; alarm: number }>;
export type AlarmResponseMessage = Message<{ header: HeaderMessage; alarms: readonly AlarmMemberMessage[] }>;
export type HashKvRequestMessage = Message<{ revision: Int64 }>;
export type HashKvResponseMessage = Message<{
  header: HeaderMessage;
  hash: number;
  compactRevision: Int64;
  hashRevision: Int64;
}>;
export type MoveLeaderRequestMessage = Message<{ targetID: Int64 }>;
export type DowngradeRequestMessage = Message<{ action: number; version: string }>;
export type HealthRequestMessage = Message<{ service: string }>;
