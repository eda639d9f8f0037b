import { CodedError, messageOf } from '@trireme/base';
import { KvError, type KvErrorCode, type StoreMemberErrorCode } from '@trireme/ports';
import { type RpcCode, RpcError, rpcCodes } from './rpc-error.ts';

type Failure = readonly [code: RpcCode, text: string];

/** etcd's own words for each error of the port, since clients match on them (etcd api/v3rpc/rpctypes/error.go). */
export const etcdErrors: Readonly<Record<KvErrorCode, Failure>> = {
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
  corrupt: ['data-loss', 'etcdserver: corrupt cluster'],
  cancelled: ['cancelled', 'context canceled'],
  stopped: ['unavailable', 'etcdserver: server stopped'],
};

/** The same for what managing a member throws. */
export const etcdMemberErrors: Readonly<Record<StoreMemberErrorCode, Failure>> = {
  'member-not-found': ['not-found', 'etcdserver: member not found'],
  'member-exists': ['failed-precondition', 'etcdserver: member ID already exist'],
  'peer-url-exists': ['failed-precondition', 'etcdserver: Peer URLs already exists'],
  'not-learner': ['failed-precondition', 'etcdserver: can only promote a learner member'],
  'learner-not-ready': [
    'failed-precondition',
    'etcdserver: can only promote a learner member which is in sync with leader',
  ],
  'too-many-learners': ['failed-precondition', 'etcdserver: too many learner members in cluster'],
  unhealthy: ['unavailable', 'etcdserver: unhealthy cluster'],
  'not-leader': ['failed-precondition', 'etcdserver: not leader'],
  'no-successor': ['failed-precondition', 'etcdserver: bad leader transferee'],
  // etcd lets such a change run into its timeout. Here it is known that nothing was changed, and that it may be asked again.
  'change-in-progress': ['unavailable', 'etcdserver: unhealthy cluster'],
};

/** Errors of the API that have no code of a port. */
const failures = {
  'no-leader': ['unavailable', 'etcdserver: no leader'],
  'not-leader': ['failed-precondition', 'etcdserver: not leader'],
  'bad-leader-transferee': ['failed-precondition', 'etcdserver: bad leader transferee'],
  'not-for-learner': ['unavailable', 'etcdserver: rpc not supported for learner'],
  'bad-member-urls': ['invalid-argument', 'etcdserver: given member URLs are invalid'],
  'permission-denied': ['permission-denied', 'etcdserver: permission denied'],
  'auth-not-enabled': ['failed-precondition', 'etcdserver: authentication is not enabled'],
  'root-user-not-exist': ['failed-precondition', 'etcdserver: root user does not exist'],
  'user-not-found': ['failed-precondition', 'etcdserver: user name not found'],
  'role-not-found': ['failed-precondition', 'etcdserver: role name not found'],
  'wrong-downgrade-version': ['invalid-argument', 'etcdserver: wrong downgrade target version format'],
  'invalid-downgrade-target': ['invalid-argument', 'etcdserver: invalid downgrade target version'],
  'no-inflight-downgrade': ['failed-precondition', 'etcdserver: no inflight downgrade job'],
} as const satisfies Readonly<Record<string, Failure>>;
export type EtcdFailure = keyof typeof failures;
export const etcdFailures: readonly EtcdFailure[] = Object.keys(failures) as EtcdFailure[];

export function etcdFailure(name: EtcdFailure): RpcError {
  const [code, text] = failures[name];
  return new RpcError(code, text);
}

/** Why a watch was never made, told inside its stream. */
export const watchRefusals = {
  emptyRange: 'mvcc: watcher range is empty',
  duplicateId: 'mvcc: duplicate watch ID provided on the WatchStream',
} as const;

const ofCode: ReadonlyMap<string, Failure> = new Map([
  ...Object.entries(etcdMemberErrors),
  ...Object.entries(etcdErrors),
]);
const codeOfText: ReadonlyMap<string, KvErrorCode> = new Map(
  (Object.keys(etcdErrors) as KvErrorCode[]).map((code) => [etcdErrors[code][1], code]),
);

/** What a failed call says on the wire. */
export function toRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  // By the code and not by the class: what the leader refused comes to another member as a code.
  const failure = error instanceof CodedError ? ofCode.get(error.code) : undefined;
  const [code, text] = failure ?? (['unknown', messageOf(error)] as const);
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
