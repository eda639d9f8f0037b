import { KvError, type KvErrorCode } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import { etcdErrors, toKvError, toRpcError } from './errors.ts';
import { RpcError, rpcCodes } from './rpc-error.ts';

// The numbers of gRPC and the texts of etcd, written out: clients match on them.
const table: readonly (readonly [KvErrorCode, number, string])[] = [
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

describe('errors', () => {
  it.each(table)('%s goes over the wire and back', (code, number, text) => {
    const sent = toRpcError(new KvError(code, 'words of our own'));
    expect([rpcCodes[sent.code], sent.message]).toEqual([number, text]);
    expect(toKvError(number, text, 'call')).toMatchObject({ code });
  });

  it('knows every code of the port', () => {
    expect(table.map(([code]) => code).sort()).toEqual(Object.keys(etcdErrors).sort());
  });

  it.each([
    [14, 'etcdserver: no leader', 'unavailable'],
    [14, 'etcdserver: leader changed', 'unavailable'],
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
