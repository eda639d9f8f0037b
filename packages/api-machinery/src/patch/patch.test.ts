import { deepFreeze, type JsonObject, type JsonValue } from '@trireme/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StatusError } from '../errors/status-error.ts';
import { applyJsonPatch, maxJsonPatchOperations } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { unknownPatchSchema } from './patch-schema.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

function refusal(run: () => unknown): { readonly code: number | undefined; readonly message: string | undefined } {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return { code: error.status.code, message: error.status.message };
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('JSON patch', () => {
  const document: JsonObject = deepFreeze({ a: { b: [1, 2, 3], 'x/y~z': 'k' }, n: null });
  const table: readonly (readonly [string, readonly JsonObject[], JsonValue])[] = [
    ['add a key', [{ op: 'add', path: '/c', value: 1 }], { ...document, c: 1 }],
    ['add at an index', [{ op: 'add', path: '/a/b/1', value: 9 }], { a: { b: [1, 9, 2, 3], 'x/y~z': 'k' }, n: null }],
    ['append', [{ op: 'add', path: '/a/b/-', value: 9 }], { a: { b: [1, 2, 3, 9], 'x/y~z': 'k' }, n: null }],
    [
      'index from the end',
      [{ op: 'replace', path: '/a/b/-1', value: 9 }],
      { a: { b: [1, 2, 9], 'x/y~z': 'k' }, n: null },
    ],
    ['remove', [{ op: 'remove', path: '/a/b/0' }], { a: { b: [2, 3], 'x/y~z': 'k' }, n: null }],
    ['escaped keys', [{ op: 'replace', path: '/a/x~1y~0z', value: 1 }], { a: { b: [1, 2, 3], 'x/y~z': 1 }, n: null }],
    ['move', [{ op: 'move', from: '/a/b', path: '/b' }], { a: { 'x/y~z': 'k' }, b: [1, 2, 3], n: null }],
    ['copy', [{ op: 'copy', from: '/a/b/0', path: '/a/b/-' }], { a: { b: [1, 2, 3, 1], 'x/y~z': 'k' }, n: null }],
    ['test', [{ op: 'test', path: '/a/b', value: [1, 2, 3] }], document],
    ['test for null', [{ op: 'test', path: '/missing', value: null }], document],
    ['the whole document', [{ op: 'replace', path: '', value: { z: 1 } }], { z: 1 }],
    [
      '__proto__ is a key',
      [{ op: 'add', path: '/__proto__', value: 1 }],
      JSON.parse('{"a":{"b":[1,2,3],"x/y~z":"k"},"n":null,"__proto__":1}'),
    ],
  ];
  test.each(table)('%s', (_name, patch, expected) => expect(applyJsonPatch(document, patch)).toEqual(expected));

  test.each([
    [{ op: 'remove', path: '/missing' }],
    [{ op: 'replace', path: '/missing', value: 1 }],
    [{ op: 'add', path: '/missing/x', value: 1 }],
    [{ op: 'add', path: '/a/b/4', value: 1 }],
    [{ op: 'add', path: '/a/b/01', value: 1 }],
    [{ op: 'test', path: '/a/b/0', value: 2 }],
    [{ op: 'jump', path: '/a' }],
    [{ op: 'add', path: 'a', value: 1 }],
    [{ op: 'add', path: '/a' }],
  ])('%j does not apply', (operation) => {
    expect(refusal(() => applyJsonPatch(document, [operation]))).toEqual({
      code: 422,
      message: 'the server rejected our request due to an error in our request',
    });
  });

  test('malformed and endless patches', () => {
    expect(refusal(() => applyJsonPatch(document, {}))).toEqual({
      code: 400,
      message: 'json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    });
    expect(refusal(() => applyJsonPatch(document, ['x'])).code).toBe(400);
    const long = Array.from({ length: maxJsonPatchOperations + 1 }, () => ({ op: 'test', path: '/n', value: null }));
    expect(refusal(() => applyJsonPatch(document, long))).toEqual({
      code: 413,
      message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    });
    const doubling = Array.from({ length: 30 }, () => ({ op: 'copy', from: '/a/b', path: '/a/b/-' }));
    expect(refusal(() => applyJsonPatch(document, doubling)).code).toBe(422);
  });
});

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom('x', 'y', null, true),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), tie('value'), { maxKeys: 4 }),
})).object as fc.Arbitrary<JsonObject>;

function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).flatMap(([key, item]) =>
      item === null || item === undefined ? [] : [[key, withoutNulls(item)]],
    ),
  );
}

describe('merge patch', () => {
  test('the table of RFC 7386', () => {
    const table: readonly (readonly [JsonObject, JsonObject, JsonObject])[] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
      [{ a: 'b' }, { a: null }, {}],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ];
    for (const [document, patch, expected] of table) expect(applyMergePatch(document, patch)).toEqual(expected);
  });

  test('a patch applied twice is applied once, and nothing is changed in place', () => {
    fc.assert(
      fc.property(json, json, (document, patch) => {
        deepFreeze(document);
        const once = applyMergePatch(document, deepFreeze(patch));
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });

  test('onto nothing it is itself without nulls', () => {
    fc.assert(
      fc.property(json, (patch) => {
        expect(withoutNulls(applyMergePatch({}, patch))).toEqual(withoutNulls(patch));
      }),
    );
  });

  test('a strategic merge without a schema and directives is a merge, but for nulls in new values', () => {
    fc.assert(
      fc.property(json, json, (document, patch) => {
        const target = withoutNulls(document) as JsonObject;
        const merged = withoutNulls(applyMergePatch(target, patch));
        expect(withoutNulls(applyStrategicMergePatch(target, patch, unknownPatchSchema))).toEqual(merged);
      }),
    );
  });

  test('only objects are patches', () => {
    expect(refusal(() => applyMergePatch({}, ['x']))).toEqual({ code: 400, message: 'Invalid JSON Patch' });
  });
});
