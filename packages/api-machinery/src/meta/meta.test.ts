import type { ApiObject } from '@trireme/schema';
import type { ObjectMeta } from '@trireme/schema/types/meta/v1';
import { describe, expect, test } from 'vitest';
import { fieldErrorMessage } from '../errors/field-error.ts';
import { fieldPath } from '../errors/field-path.ts';
import { ageText, humanDuration } from './human-duration.ts';
import {
  configMapKeyErrors,
  dns1035LabelErrors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelValueErrors,
  objectNameErrors,
  pathSegmentErrors,
  portNameErrors,
  qualifiedNameErrors,
} from './names.ts';
import { fillForCreate, fillForUpdate, generateObjectName } from './prepare.ts';
import { microTimeText, parseTime, timeText } from './time-text.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from './validate-object-meta.ts';

const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

describe('names', () => {
  const table = [
    [
      dnsSubdomainErrors,
      ['a', 'a.b-c.1', 'x'.repeat(253)],
      ['', 'A', 'a_b', '-a', 'a-', 'a..b', 'a.', 'x'.repeat(254)],
    ],
    [dnsLabelErrors, ['a', '1a', 'x'.repeat(63)], ['', 'a.b', 'A', 'x'.repeat(64)]],
    [dns1035LabelErrors, ['a', 'a-1'], ['1a', '', 'a-']],
    [pathSegmentErrors, ['system:node', 'A_b'], ['.', '..', 'a/b', 'a%b']],
    [
      qualifiedNameErrors,
      ['a', 'Ab_c.d', 'example.com/x'],
      ['', '/x', 'a/', 'a/b/c', 'EX.com/x', '-a', 'x'.repeat(64)],
    ],
    [labelValueErrors, ['', 'a', 'A_b.c-1'], ['-a', 'a b', 'x'.repeat(64)]],
    [configMapKeyErrors, ['a', 'A.b_c-d', '.a'], ['', '.', '..', '..a', 'a/b']],
    [portNameErrors, ['http', 'a-1'], ['', 'HTTP', '123', 'a--b', '-a', 'x'.repeat(16)]],
  ] as const;
  for (const [rule, good, bad] of table) {
    test.each(good)('accepts %j', (value) => expect(rule(value)).toEqual([]));
    test.each(bad)('refuses %j', (value) => expect(rule(value)).not.toEqual([]));
  }

  test('messages are upstream word for word', () => {
    expect(dnsSubdomainErrors('A')).toEqual([subdomain]);
    expect(dnsLabelErrors('A')).toEqual([label]);
    expect(dnsLabelErrors('x'.repeat(64))).toEqual(['must be no more than 63 characters']);
    expect(dnsLabelErrors('a.b')).toEqual(['must not contain dots']);
    expect(labelValueErrors('x'.repeat(64))).toEqual(['must be no more than 63 bytes']);
    expect(qualifiedNameErrors('a/b/c')[0]).toMatch(
      /^a valid label key must consist .* with an optional DNS subdomain prefix/,
    );
    expect(qualifiedNameErrors('/a')).toEqual(['prefix part must be non-empty']);
    expect(qualifiedNameErrors('A/a')).toEqual([`prefix part ${subdomain}`]);
    expect(qualifiedNameErrors('')).toEqual([
      'name part must be non-empty',
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ]);
  });

  test('a prefix may end with a dash', () => {
    expect(objectNameErrors('dns-subdomain', 'web-', true)).toEqual([]);
    expect(objectNameErrors('dns-subdomain', 'web-')).toEqual([subdomain]);
  });
});

const path = fieldPath('metadata');
const rules = { namespaced: true, nameRule: 'dns-subdomain', path } as const;

function problems(meta: Partial<ObjectMeta>, namespaced = true): readonly string[] {
  return validateObjectMeta(
    { name: 'a', ...(namespaced && { namespace: 'd' }), ...meta },
    { ...rules, namespaced },
  ).map(fieldErrorMessage);
}

describe('metadata at creation', () => {
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' };
  const table: readonly (readonly [string, Partial<ObjectMeta>, readonly string[]])[] = [
    ['good', { labels: { a: 'b' }, ownerReferences: [owner], finalizers: ['x.io/y'] }, []],
    ['no name', { name: '' }, ['metadata.name: Required value: name or generateName is required']],
    ['no namespace', { namespace: '' }, ['metadata.namespace: Required value']],
    ['bad name', { name: 'A' }, [`metadata.name: Invalid value: "A": ${subdomain}`]],
    ['bad namespace', { namespace: 'A' }, [`metadata.namespace: Invalid value: "A": ${label}`]],
    ['generation', { generation: -1 }, ['metadata.generation: Invalid value: -1: must be greater than or equal to 0']],
    [
      'annotations too long',
      { annotations: { a: 'x'.repeat(262144) } },
      ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    ],
    [
      'owner without uid',
      { ownerReferences: [{ ...owner, uid: '' }] },
      ['metadata.ownerReferences.uid: Invalid value: "": must not be empty'],
    ],
    [
      'finalizer of no domain',
      { finalizers: ['mine'] },
      [
        'metadata.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
      ],
    ],
  ];
  for (const [name, meta, expected] of table) test(name, () => expect(problems(meta)).toEqual(expected));

  test('two controllers', () => {
    const controllers = [
      { ...owner, controller: true },
      { ...owner, name: 'q', controller: true },
    ];
    expect(problems({ ownerReferences: controllers })[0]).toContain(
      'Only one reference can have Controller set to true. Found "true" in references for Pod/p and Pod/q',
    );
  });

  test('a namespace on what has none', () => {
    expect(problems({ namespace: 'd' }, false)).toEqual(['metadata.namespace: Forbidden: not allowed on this type']);
  });
});

describe('metadata at an update', () => {
  const old: ObjectMeta = { name: 'a', namespace: 'd', uid: 'u', resourceVersion: '1', generation: 2 };
  const problemsOf = (meta: ObjectMeta, before = old): readonly string[] =>
    validateObjectMetaUpdate(meta, before, path).map(fieldErrorMessage);

  test('unchanged is fine', () => expect(problemsOf(old)).toEqual([]));
  test('what never changes', () => {
    expect(problemsOf({ ...old, uid: 'v', creationTimestamp: '2026-01-01T00:00:00Z' })).toEqual([
      'metadata.uid: Invalid value: "v": field is immutable',
      'metadata.creationTimestamp: Invalid value: "2026-01-01T00:00:00Z": field is immutable',
    ]);
    expect(problemsOf({ ...old, resourceVersion: '', generation: 1 })).toEqual([
      'metadata.resourceVersion: Invalid value: "": must be specified for an update',
      'metadata.generation: Invalid value: 1: must not be decremented',
    ]);
  });
  test('no finalizer joins while the object is being deleted', () => {
    const deleting = { ...old, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a.io/a'] };
    expect(problemsOf({ ...deleting, finalizers: [] }, deleting)).toEqual([]);
    expect(problemsOf({ ...deleting, finalizers: ['a.io/a', 'b.io/b'] }, deleting)).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"b.io/b"}',
    ]);
  });
});

describe('preparing', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: '', generateName: 'web-', resourceVersion: '9' } };

  test('a new object gets what the server owns, and loses what clients may not set', () => {
    const filled = fillForCreate(pod, {
      uid: 'u',
      nowIso: 'T',
      namespace: 'd',
      generatedName: 'web-x',
      countsGeneration: true,
    });
    expect(filled.metadata).toEqual({
      name: 'web-x',
      generateName: 'web-',
      namespace: 'd',
      uid: 'u',
      creationTimestamp: 'T',
      generation: 1,
    });
    expect(pod.metadata.resourceVersion).toBe('9');
  });

  test('an update keeps what it left out', () => {
    const old: ApiObject = { ...pod, metadata: { name: 'a', uid: 'u', creationTimestamp: 'T', generation: 3 } };
    expect(fillForUpdate<ApiObject>({ ...pod, metadata: { name: 'a', generation: 9 } }, old).metadata).toEqual(
      old.metadata,
    );
    expect(fillForUpdate<ApiObject>({ ...pod, metadata: { name: 'a', uid: 'other' } }, old).metadata.uid).toBe('other');
  });

  test('generated names fit a label', () => {
    expect(generateObjectName('web-', (below) => below - 1)).toBe('web-99999');
    expect(generateObjectName('x'.repeat(80), () => 0)).toHaveLength(63);
  });
});

describe('times', () => {
  test('texts', () => {
    const ms = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    expect(timeText(ms)).toBe('2026-01-02T03:04:05Z');
    expect(microTimeText(ms + 0.5)).toBe('2026-01-02T03:04:05.678500Z');
    expect(parseTime('2026-01-02T03:04:05.678Z')).toBe(ms);
    expect(parseTime('2026-01-02T04:04:05+01:00')).toBe(ms - 678);
    expect(parseTime('yesterday')).toBeUndefined();
  });

  const minute = 60;
  const hour = 60 * minute;
  const day = 24 * hour;
  const table = [
    [-5, '<invalid>'],
    [-1, '0s'],
    [0, '0s'],
    [119, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 5, '2m5s'],
    [10 * minute + 5, '10m'],
    [179 * minute, '179m'],
    [3 * hour + 20 * minute, '3h20m'],
    [8 * hour + 20 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day + 3 * hour, '2d3h'],
    [8 * day, '8d'],
    [729 * day, '729d'],
    [2 * 365 * day + 35 * day, '2y35d'],
    [9 * 365 * day, '9y'],
  ] as const;
  test.each(table)('%d s reads %s', (seconds, text) => expect(humanDuration(seconds * 1000)).toBe(text));
  test('ages', () => {
    expect(ageText(undefined, 0)).toBe('<unknown>');
    expect(ageText('1970-01-01T00:00:00Z', 5000)).toBe('5s');
  });
});
