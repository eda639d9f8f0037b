import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { etcdProto } from '../etcd-proto.ts';
import { fromBigInt, toBigInt } from '../int64.ts';
import { responseWriters } from './index.ts';
import { sizeOfInt64, writeInt64 } from './wire-writer.ts';

// The codec of the schema reads what is written here by hand, and must find the same as in what it wrote itself.

const { root } = protobuf.parse(etcdProto, new protobuf.Root(), { keepCase: false });
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined | null> =>
  fc.option(of, { nil: undefined }).chain((value) => fc.constantFrom(value, value, value, value ?? null));
const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(fromBigInt);
const lease = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((value) => fromBigInt(BigInt.asUintN(64, value)));
const revision = fc.oneof(fc.nat({ max: 300 }), fc.maxSafeNat());
const bytes = fc.uint8Array({ maxLength: 300 });
const record = <T>(model: { [Name in keyof T]: fc.Arbitrary<T[Name]> }): fc.Arbitrary<object> => {
  const optional: Record<string, fc.Arbitrary<unknown>> = {};
  for (const name of Object.keys(model)) optional[name] = maybe(model[name as keyof T]);
  return fc.record(optional, { requiredKeys: [] });
};

const header = record({ clusterId: id, memberId: id, revision, raftTerm: revision });
const keyValue = record({
  key: bytes,
  createRevision: revision,
  modRevision: revision,
  version: revision,
  value: bytes,
  lease,
});
const list = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 4 });
const range = record({ header, kvs: list(keyValue), more: fc.boolean(), count: revision });
const put = record({ header, prevKv: keyValue });
const deleteRange = record({ header, deleted: revision, prevKvs: list(keyValue) });
const { txn } = fc.letrec((tie) => ({
  txn: record({ header, succeeded: fc.boolean(), responses: list(tie('op') as fc.Arbitrary<object>) }),
  op: fc.oneof(
    { depthSize: 'small' },
    range.map((responseRange) => ({ responseRange })),
    put.map((responsePut) => ({ responsePut })),
    deleteRange.map((responseDeleteRange) => ({ responseDeleteRange })),
    (tie('txn') as fc.Arbitrary<object>).map((responseTxn) => ({ responseTxn })),
  ),
}));
const event = record({ type: fc.constantFrom(0, 1), kv: keyValue, prevKv: keyValue });
const watch = record({
  header,
  watchId: fc.oneof(fc.constant(-1), revision),
  created: fc.boolean(),
  canceled: fc.boolean(),
  compactRevision: revision,
  cancelReason: fc.string({ unit: 'grapheme' }),
  fragment: fc.boolean(),
  events: list(event),
});

describe('answers written by hand', () => {
  it.each([
    ['/etcdserverpb.KV/Range', 'RangeResponse', range],
    ['/etcdserverpb.KV/Put', 'PutResponse', put],
    ['/etcdserverpb.KV/DeleteRange', 'DeleteRangeResponse', deleteRange],
    ['/etcdserverpb.KV/Txn', 'TxnResponse', txn as fc.Arbitrary<object>],
    ['/etcdserverpb.Watch/Watch', 'WatchResponse', watch],
  ])('of %s are what the schema says', (path, name, messages) => {
    const type = root.lookupType(`etcdserverpb.${name}`);
    const writer = responseWriters.get(path);
    const plain = (encoded: Uint8Array): object =>
      type.toObject(type.decode(encoded), { defaults: true, longs: String, bytes: String });
    fc.assert(
      fc.property(messages, (message) => {
        const size = writer?.sizeOf(message) ?? -1;
        const room = new Uint8Array(size + 6).fill(0xee);
        expect(writer?.write(message, room, 3)).toBe(size + 3);
        expect([...room.subarray(0, 3), ...room.subarray(size + 3)]).toEqual(new Array(6).fill(0xee));
        expect(plain(room.subarray(3, size + 3))).toEqual(plain(type.encode(message).finish()));
      }),
      { numRuns: 300 },
    );
  });

  it('knows every path of the schema that it is asked for', () => {
    for (const path of responseWriters.keys()) {
      const [, service = '', method = ''] = path.split('/');
      expect(root.lookupService(service).methods[method]).toBeDefined();
    }
  });

  it('write numbers at the borders of their lengths', () => {
    const type = root.lookupType('etcdserverpb.ResponseHeader');
    for (let bit = 0n; bit < 64n; bit++)
      for (const value of [2n ** bit - 1n, 2n ** bit]) {
        const field = value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : fromBigInt(value);
        const room = new Uint8Array(sizeOfInt64(field));
        expect(writeInt64(0x08, field, room, 0)).toBe(room.length);
        const { clusterId } = type.decode(room) as unknown as { clusterId: Parameters<typeof toBigInt>[0] };
        expect(toBigInt(clusterId)).toBe(value);
      }
  });
});
