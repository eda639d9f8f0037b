/** etcd's v3 messages and errors as the port `Kv` knows them, both ways. Pure: no codec and no transport. */
export {
  headerFromMessage,
  headerToMessage,
} from './entries.ts';
export {
  type EtcdFailure,
  etcdErrors,
  etcdFailure,
  toKvError,
  toRpcError,
  watchRefusals,
} from './errors.ts';
export { etcdProto, healthProto } from './etcd-proto.ts';
export { fromBigInt, type Halves, type Int64, toBigInt, toNumber } from './int64.ts';
export { timeToLiveFromMessage, timeToLiveToMessage } from './leases.ts';
export { alarmText, alarmToMessage, alarmTypeFromMessage, memberToMessage, peerUrlsFromMessage } from './members.ts';
export type {
  AlarmRequestMessage,
  CompactionRequestMessage,
  DeleteRangeRequestMessage,
  DowngradeRequestMessage,
  HashKvRequestMessage,
  HeaderMessage,
  HealthRequestMessage,
  LeaseGrantRequestMessage,
  LeaseGrantResponseMessage,
  LeaseIdMessage,
  LeaseKeepAliveResponseMessage,
  LeaseLeasesResponseMessage,
  LeaseTimeToLiveRequestMessage,
  LeaseTimeToLiveResponseMessage,
  MemberAddRequestMessage,
  MemberIdMessage,
  MemberListRequestMessage,
  MemberMessage,
  MemberUpdateRequestMessage,
  MoveLeaderRequestMessage,
  PutRequestMessage,
  RangeRequestMessage,
  RangeResponseMessage,
  StatusResponseMessage,
  TxnRequestMessage,
  TxnResponseMessage,
  WatchCreateMessage,
  WatchRequestMessage,
  WatchResponseMessage,
} from './messages.ts';
export { rangeFromMessage, rangeResponseFromMessage, rangeResponseToMessage, rangeToMessage } from './range.ts';
export { type RpcCode, RpcError, rpcCodes } from './rpc-error.ts';
export { statusFromMessage, statusToMessage } from './status.ts';
export { txnFromMessage, txnResponseFromMessage, txnResponseToMessage, txnToMessage } from './txn.ts';
export {
  eventFromMessage,
  fragmentsOf,
  watchFromMessage,
  watchResponseToMessage,
  watchToMessage,
} from './watch.ts';
export { type MessageWriter, responseWriters } from './wire/index.ts';
export {
  deleteRangeFromMessage,
  deleteRangeResponseToMessage,
  putFromMessage,
  putResponseToMessage,
} from './writes.ts';
