import { concatBytes, fromUtf8, utf8 } from '@trireme/base';
import type { ApiObject } from '@trireme/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeForStore, StoredObject } from './stored-object.ts';

const text = fc.string({ unit: 'binary' });

describe('a stored object', () => {
  it('comes back as it was, whichever way it is read', () => {
    const objects = fc.record({ name: text, labels: fc.dictionary(text, text), spec: fc.jsonValue() });
    fc.assert(
      fc.property(objects, fc.integer({ min: 1 }), ({ name, labels, spec }, revision) => {
        const object = { kind: 'Thing', apiVersion: 'v1', metadata: { name, labels }, spec } as unknown as ApiObject;
        const expected = JSON.parse(
          JSON.stringify({ ...object, metadata: { name, labels, resourceVersion: String(revision) } }),
        );
        const stored = new StoredObject('k', revision, encodeForStore(object));
        expect(stored.object).toEqual(expected);
        expect(JSON.parse(fromUtf8(stored.json))).toEqual(expected);
        const { kind: _kind, apiVersion: _apiVersion, ...item } = expected;
        expect(JSON.parse(fromUtf8(concatBytes(stored.jsonItem)))).toEqual(item);
      }),
    );
  });

  it('of another program, with its fields in another order, is read as well', () => {
    const raw = utf8(
      '{"metadata":{"labels":{},"name":"a"},"spec":{"metadata":{"name":"b"}},"apiVersion":"v1","kind":"Thing"}',
    );
    const stored = new StoredObject('k', 7, raw);
    expect(JSON.parse(fromUtf8(stored.json))).toEqual({
      kind: 'Thing',
      apiVersion: 'v1',
      metadata: { resourceVersion: '7', labels: {}, name: 'a' },
      spec: { metadata: { name: 'b' } },
    });
  });
});
