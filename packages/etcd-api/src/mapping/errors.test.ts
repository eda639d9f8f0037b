import { CodedError } from '@trireme/base';
import { KvError, type KvErrorCode, StoreMemberError, type StoreMemberErrorCode } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import {
  type EtcdFailure,
  etcdErrors,
  etcdFailure,
  etcdFailures,
  etcdMemberErrors,
  toKvError,
  toRpcError,
} from './errors.ts';
import { RpcError, rpcCodes } from './rpc-error.ts';

// The numbers of gRPC and the texts of etcd, written out: clients match on them.
const table: readonly (readonly [KvErrorCode, number, string])[] = [
  ['corrupt', 15, 'etcdserver: corrupt cluster'],
  ['compacted', 11, 'etcdserver: mvcc: required revision has been compacted'],
  ['future-revision', 11, 'etcdserver: mvcc: required revision is a future revision'],
  ['no-space', 8, 'etcdserver: mvcc: database space exceeded'],
  ['unavailable', 14, 'etcdserver: request timed out'],
  ['too-many-requests', 8, 'etcdserver: too many requests'],
  ['request-too-large', 3, 'etcdserver: request is too large'],
  ['too-many-operations', 3, 'etcdserver: too many operations in txn request'],
  ['lease-not-found', 5, 'etcdserver: requested lease not found'],
  ['lease-exists', 9, 'etcdserver: lease already exists'],
  ['lease-ttl-too-large', 11, 'etcdserver: too large lease TTL'],
  ['empty-key', 3, 'etcdserver: key is not provided'],
  ['key-not-found', 3, 'etcdserver: key not found'],
  ['duplicate-key', 3, 'etcdserver: duplicate key given in txn request'],
  ['value-provided', 3, 'etcdserver: value is provided'],
  ['lease-provided', 3, 'etcdserver: lease is provided'],
  ['invalid-sort', 3, 'etcdserver: invalid sort option'],
  ['cancelled', 1, 'context canceled'],
  ['stopped', 14, 'etcdserver: server stopped'],
];

const memberTable: readonly (readonly [StoreMemberErrorCode, number, string])[] = [
  ['member-not-found', 5, 'etcdserver: member not found'],
  ['member-exists', 9, 'etcdserver: member ID already exist'],
  ['peer-url-exists', 9, 'etcdserver: Peer URLs already exists'],
  ['not-learner', 9, 'etcdserver: can only promote a learner member'],
  ['learner-not-ready', 9, 'etcdserver: can only promote a learner member which is in sync with leader'],
  ['too-many-learners', 9, 'etcdserver: too many learner members in cluster'],
  ['unhealthy', 14, 'etcdserver: unhealthy cluster'],
  ['not-leader', 9, 'etcdserver: not leader'],
  ['no-successor', 9, 'etcdserver: bad leader transferee'],
  ['change-in-progress', 14, 'etcdserver: unhealthy cluster'],
];

const failureTable: readonly (readonly [EtcdFailure, number, string])[] = [
  ['no-leader', 14, 'etcdserver: no leader'],
  ['not-leader', 9, 'etcdserver: not leader'],
  ['bad-leader-transferee', 9, 'etcdserver: bad leader transferee'],
  ['not-for-learner', 14, 'etcdserver: rpc not supported for learner'],
  ['bad-member-urls', 3, 'etcdserver: given member URLs are invalid'],
  ['permission-denied', 7, 'etcdserver: permission denied'],
  ['auth-not-enabled', 9, 'etcdserver: authentication is not enabled'],
  ['root-user-not-exist', 9, 'etcdserver: root user does not exist'],
  ['user-not-found', 9, 'etcdserver: user name not found'],
  ['role-not-found', 9, 'etcdserver: role name not found'],
  ['wrong-downgrade-version', 3, 'etcdserver: wrong downgrade target version format'],
  ['invalid-downgrade-target', 3, 'etcdserver: invalid downgrade target version'],
  ['no-inflight-downgrade', 9, 'etcdserver: no inflight downgrade job'],
];

describe('errors', () => {
  it.each(table)('%s goes over the wire and back', (code, number, text) => {
    const sent = toRpcError(new KvError(code, 'words of our own'));
    expect([rpcCodes[sent.code], sent.message]).toEqual([number, text]);
    expect(toKvError(number, text, 'call')).toMatchObject({ code });
  });

  it.each(memberTable)('%s of a member goes over the wire', (code, number, text) => {
    const sent = toRpcError(new StoreMemberError(code, 'words of our own'));
    expect([rpcCodes[sent.code], sent.message]).toEqual([number, text]);
  });

  it.each(failureTable)('%s of the API', (name, number, text) => {
    const { code, message } = etcdFailure(name);
    expect([rpcCodes[code], message]).toEqual([number, text]);
  });

  it('is known by its code where its class was lost between members', () => {
    expect(toRpcError(new CodedError('unhealthy', 'x'))).toMatchObject({ code: 'unavailable' });
    expect(toRpcError(new CodedError('something-else', 'words'))).toMatchObject({ code: 'unknown', message: 'words' });
  });

  it('knows every code of the ports', () => {
    expect(memberTable.map(([code]) => code).sort()).toEqual(Object.keys(etcdMemberErrors).sort());
    expect(failureTable.map(([name]) => name).sort()).toEqual([...etcdFailures].sort());
    expect(table.map(([code]) => code).sort()).toEqual(Object.keys(etcdErrors).sort());
  });

  it.each([
    [14, 'etcdserver: no leader', 'unavailable'],
    [14, 'etcdserver: leader changed', 'unavailable'],
    [14, 'etcdserver: request timed out, possibly due to previous leader failure', 'unavailable'],
    [14, 'etcdserver: rpc not supported for learner', 'unavailable'],
    [14, 'No connection established. Last error: connect ECONNREFUSED', 'unavailable'],
    [4, 'Deadline exceeded', 'unavailable'],
    [1, 'Cancelled on client', 'cancelled'],
    [8, 'grpc: received message larger than max (3 vs. 2)', 'request-too-large'],
    [8, 'Received message larger than max (3 vs 2)', 'request-too-large'],
    [8, 'quota of something', 'too-many-requests'],
    [13, 'Received RST_STREAM with code 2', 'unavailable'],
  ])('code %d with %s is %s', (number, text, code) => {
    expect(toKvError(number, text, 'call')).toMatchObject({ code });
  });

  it('keeps the words of what is no error of the store', () => {
    expect(toRpcError(new TypeError('broken'))).toMatchObject({ code: 'unknown', message: 'broken' });
    const own = new RpcError('unimplemented', 'not here');
    expect(toRpcError(own)).toBe(own);
  });
});
