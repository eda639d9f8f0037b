import { messageOf } from '@trireme/base';
import { KvError, type KvErrorCode } from '@trireme/ports';
import { type RpcCode, RpcError, rpcCodes } from './rpc-error.ts';

/** etcd's own words for each error of the port, since clients match on them (etcd api/v3rpc/rpctypes/error.go). */
export const etcdErrors: Readonly<Record<KvErrorCode, readonly [code: RpcCode, text: string]>> = {
  compacted: ['out-of-range', 'etcdserver: mvcc: required revision has been compacted'],
  'future-revision': ['out-of-range', 'etcdserver: mvcc: required revision is a future revision'],
  'no-space': ['resource-exhausted', 'etcdserver: mvcc: database space exceeded'],
  // The text that leaves open whether a write happened, which is what the port's code says.
  unavailable: ['unavailable', 'etcdserver: request timed out'],
  'too-many-requests': ['resource-exhausted', 'etcdserver: too many requests'],
  'request-too-large': ['invalid-argument', 'etcdserver: request is too large'],
  'too-many-operations': ['invalid-argument', 'etcdserver: too many operations in txn request'],
  'lease-not-found': ['not-found', 'etcdserver: requested lease not found'],
  'lease-exists': ['failed-precondition', 'etcdserver: lease already exists'],
  'lease-ttl-too-large': ['out-of-range', 'etcdserver: too large lease TTL'],
  'empty-key': ['invalid-argument', 'etcdserver: key is not provided'],
  'key-not-found': ['invalid-argument', 'etcdserver: key not found'],
  'duplicate-key': ['invalid-argument', 'etcdserver: duplicate key given in txn request'],
  'value-provided': ['invalid-argument', 'etcdserver: value is provided'],
  'lease-provided': ['invalid-argument', 'etcdserver: lease is provided'],
  'invalid-sort': ['invalid-argument', 'etcdserver: invalid sort option'],
  cancelled: ['cancelled', 'context canceled'],
  stopped: ['unavailable', 'etcdserver: server stopped'],
};

/** Errors of etcd that have no code of the port. */
export const etcdTexts = {
  noLeader: 'etcdserver: no leader',
  notLeader: 'etcdserver: not leader',
  badLeaderTransferee: 'etcdserver: bad leader transferee',
  authNotEnabled: 'etcdserver: authentication is not enabled',
  rootUserNotExist: 'etcdserver: root user does not exist',
  emptyWatchRange: 'mvcc: watcher range is empty',
  duplicateWatchId: 'mvcc: duplicate watch ID provided on the WatchStream',
} as const;

const codeOfText: ReadonlyMap<string, KvErrorCode> = new Map(
  (Object.keys(etcdErrors) as KvErrorCode[]).map((code) => [etcdErrors[code][1], code]),
);

/** What a failed call says on the wire. */
export function toRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  if (!(error instanceof KvError)) return new RpcError('unknown', messageOf(error), { cause: error });
  const [code, text] = etcdErrors[error.code];
  return new RpcError(code, text, { cause: error });
}

/** What a failed call means for the port. `code` is gRPC's number, `text` the server's words. */
export function toKvError(code: number, text: string, action: string, cause?: unknown): KvError {
  return new KvError(kvErrorCode(code, text), `${action}: ${text}`, { cause });
}

function kvErrorCode(code: number, text: string): KvErrorCode {
  const known = codeOfText.get(text);
  if (known) return known;
  if (code === rpcCodes.cancelled) return 'cancelled';
  if (code === rpcCodes['resource-exhausted'])
    return /larger than max/.test(text) ? 'request-too-large' : 'too-many-requests';
  // Whatever else it was, nobody knows whether the call took effect.
  return 'unavailable';
}
