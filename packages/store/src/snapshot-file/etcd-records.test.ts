import { utf8 } from '@trireme/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeKeyValue,
  decodeLease,
  decodeRevisionKey,
  encodeKeyValue,
  encodeLease,
  encodeRevisionKey,
  keyValueSize,
} from './etcd-records.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('records of etcd', () => {
  it('are what etcd writes', () => {
    expect(hex(encodeRevisionKey(258, 3))).toBe('0000000000000102' + '5f' + '0000000000000003');
    expect(hex(encodeRevisionKey(258, 3, true))).toBe('0000000000000102' + '5f' + '0000000000000003' + '74');
    const version = {
      ...{ revision: 300, sub: 0, tombstone: false, key: utf8('k'), value: utf8('v') },
      ...{ createRevision: 2, version: 1, lease: 2n ** 63n - 1n },
    };
    expect(hex(encodeKeyValue(version))).toBe(
      '0a016b' + '1002' + '18ac02' + '2001' + '2a0176' + '30ffffffffffffffff7f',
    );
    expect(hex(encodeKeyValue({ ...version, tombstone: true }))).toBe('0a016b');
    expect(hex(encodeLease({ id: 1n, ttlSeconds: 60 }))).toBe('0801103c');
  });

  it('are read as they were written, and measured as they are', () => {
    const revision = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const versions = fc.record({
      revision,
      sub: fc.nat(),
      key: fc.uint8Array({ minLength: 1 }),
      value: fc.uint8Array(),
      lease: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(versions, fc.boolean(), ({ share, ...fields }, tombstone) => {
        const version = {
          ...fields,
          tombstone,
          createRevision: Math.max(1, Math.floor(fields.revision * share)),
          version: Math.max(1, Math.floor(fields.revision * (1 - share))),
        };
        const place = decodeRevisionKey(encodeRevisionKey(version.revision, version.sub, tombstone));
        if (!place) throw new Error('the place was not read');
        const bytes = encodeKeyValue(version);
        expect(bytes.length).toBe(keyValueSize(version));
        const none = { value: new Uint8Array(0), createRevision: 0, version: 0, lease: 0n };
        expect(decodeKeyValue(place, bytes)).toEqual(tombstone ? { ...version, ...none } : version);
      }),
    );
    const lease = { id: 2n ** 62n, ttlSeconds: 9_000_000_000 };
    expect(decodeLease(encodeLease(lease))).toEqual(lease);
  });

  it('that are none are told from those that are', () => {
    const place = { revision: 5, sub: 0, tombstone: false };
    for (const bad of ['0a05', '0a', '08ffffffffffffffffffff01', '07', '3009', '1006'])
      expect([bad, decodeKeyValue(place, Buffer.from(bad, 'hex'))?.createRevision ?? 'none']).toEqual([
        bad,
        bad === '3009' ? 0 : 'none',
      ]);
    expect(decodeRevisionKey(new Uint8Array(17))).toBeUndefined();
    expect(decodeRevisionKey(new Uint8Array(16))).toBeUndefined();
    expect(decodeLease(utf8('nonsense'))).toBeUndefined();
  });
});
