import type { ApiObject } from '@trireme/schema';
import { describe, expect, test } from 'vitest';
import { type ConditionLike, getCondition, isConditionTrue, removeCondition, setCondition } from './conditions.ts';
import { isPercent, scaledValue } from './int-or-string.ts';
import {
  controllerOf,
  isControlledBy,
  newControllerRef,
  objectKey,
  splitObjectKey,
  withFinalizer,
  withLabels,
  withoutFinalizer,
} from './owner.ts';
import { semanticEqual } from './semantic-equal.ts';
import { canonicalJson, fnv32a, safeEncode, templateHash } from './template-hash.ts';

const pod: ApiObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'd', uid: 'u1' } };

test('scaled values', () => {
  expect(scaledValue(3, 10, 'up')).toBe(3);
  expect(scaledValue('25%', 10, 'up')).toBe(3);
  expect(scaledValue('25%', 10, 'down')).toBe(2);
  expect(scaledValue('150%', 4, 'down')).toBe(6);
  expect(() => scaledValue('abc', 10, 'up')).toThrow(
    'invalid value for IntOrString: invalid type: string is not a percentage',
  );
  expect([isPercent('5%'), isPercent('5'), isPercent(5)]).toEqual([true, false, false]);
});

describe('ownership', () => {
  test('a controller reference names its owner', () => {
    const reference = newControllerRef(pod, { group: 'apps', version: 'v1', kind: 'ReplicaSet' });
    expect(reference).toEqual({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'web',
      uid: 'u1',
      controller: true,
      blockOwnerDeletion: true,
    });
    const owned = {
      ...pod,
      metadata: { ...pod.metadata, ownerReferences: [{ ...reference, controller: false }, reference] },
    };
    expect(controllerOf(owned)).toBe(reference);
    expect(isControlledBy(owned, 'u1')).toBe(true);
    expect(isControlledBy(pod, undefined)).toBe(false);
  });

  test('keys', () => {
    expect(objectKey(pod)).toBe('d/web');
    expect(splitObjectKey('d/web')).toEqual({ namespace: 'd', name: 'web' });
    expect(splitObjectKey('node')).toEqual({ namespace: '', name: 'node' });
  });
});

test('labels and finalizers change in a copy, and only where something changes', () => {
  const labelled = withLabels(pod, { a: '1' });
  expect(labelled.metadata.labels).toEqual({ a: '1' });
  expect(withLabels(labelled, { a: '1', b: undefined })).toBe(labelled);
  expect(withLabels(labelled, { a: undefined }).metadata.labels).toEqual({});
  const held = withFinalizer(pod, 'x.io/y');
  expect(held.metadata.finalizers).toEqual(['x.io/y']);
  expect(withFinalizer(held, 'x.io/y')).toBe(held);
  expect(withoutFinalizer(held, 'x.io/y')).toEqual(pod);
  expect(withoutFinalizer(pod, 'x.io/y')).toBe(pod);
});

test('conditions keep their transition time until their status changes', () => {
  const ready: ConditionLike = { type: 'Ready', status: 'True', reason: 'A', message: '' };
  const first = setCondition(undefined, ready, 'T1');
  expect(first).toEqual([{ ...ready, lastTransitionTime: 'T1' }]);
  expect(setCondition(first, ready, 'T2')).toBe(first);
  expect(setCondition(first, { ...ready, reason: 'B' }, 'T2')).toEqual([
    { ...ready, reason: 'B', lastTransitionTime: 'T1' },
  ]);
  expect(getCondition(setCondition(first, { ...ready, status: 'False' }, 'T2'), 'Ready')?.lastTransitionTime).toBe(
    'T2',
  );
  expect(isConditionTrue(first, 'Ready')).toBe(true);
  expect(removeCondition(first, 'Ready')).toEqual([]);
});

test('semantic equality takes empty for absent', () => {
  expect(semanticEqual({ a: [], b: { c: {} } }, { b: {} })).toBe(true);
  expect(semanticEqual({ a: [1] }, {})).toBe(false);
  expect(semanticEqual({}, { a: [1] })).toBe(false);
  expect(semanticEqual([{ a: 1, b: null }], [{ a: 1 }])).toBe(true);
  expect(semanticEqual({ a: 0 }, {})).toBe(false);
});

test('template hashes', () => {
  expect(fnv32a(new Uint8Array([0x61]))).toBe(0xe40c292c);
  expect(safeEncode('0123456789')).toBe('456789bcdf');
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x"}]}');
  expect(templateHash({ a: 1, b: 2 })).toBe(templateHash({ b: 2, a: 1, c: undefined }));
  expect(templateHash({ a: 1 })).not.toBe(templateHash({ a: 2 }));
  expect(templateHash({ a: 1 }, 1)).not.toBe(templateHash({ a: 1 }));
  expect(templateHash({ a: 1 })).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
});
