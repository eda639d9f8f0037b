import { describe, expect, test } from 'vitest';
import { type FieldError, fieldErrorMessage } from '../errors/field-error.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import { type ListVersionOptions, listRevision, parseResourceVersion, validateListOptions } from './list-options.ts';
import { validateDeleteOptions, validatePatchOptions, validateWriteOptions } from './request-options.ts';
import { createTable, parseIncludeObject, partialObjectMetadataList, tableRow } from './table.ts';

describe('continue tokens', () => {
  test('read back, in the form that upstream has', () => {
    const token = encodeContinue({ revision: 42, startKey: 'default/wéb\u0000' });
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeContinue(token)).toEqual({ revision: 42, startKey: 'default/wéb\u0000' });
    expect(encodeContinue({ revision: 1, startKey: 'a' })).toBe(
      'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0',
    );
  });

  const of = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  test.each([
    ['%', 'continue key is not valid: illegal base64 data'],
    ['AAAA', 'continue key is not valid: it holds no JSON'],
    [of([]), 'continue key is not valid: server does not recognize this encoded version ""'],
    [of({ v: 'v2' }), 'continue key is not valid: server does not recognize this encoded version "v2"'],
    [
      of({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' }),
      'incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
    ],
    [of({ v: 'meta.k8s.io/v1', rv: 1 }), 'encoded start key empty (version meta.k8s.io/v1)'],
    [of({ v: 'meta.k8s.io/v1', rv: 1, start: 'a/../../b' }), 'continue key is not valid: a/../../b'],
  ])('%s is refused', (token, message) => {
    expect(() => decodeContinue(token)).toThrow(message);
  });
});

describe('list options', () => {
  const table: readonly (readonly [ListVersionOptions, readonly string[]])[] = [
    [{}, []],
    [{ resourceVersion: '5', resourceVersionMatch: 'Exact' }, []],
    [{ resourceVersion: '0', resourceVersionMatch: 'NotOlderThan' }, []],
    [
      { resourceVersionMatch: 'Exact' },
      ['resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided'],
    ],
    [
      { resourceVersion: '0', resourceVersionMatch: 'Exact' },
      ['resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"'],
    ],
    [
      { resourceVersion: '1', resourceVersionMatch: 'Newest' },
      ['resourceVersionMatch: Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""'],
    ],
    [
      { resourceVersion: '1', resourceVersionMatch: 'Exact', continue: 'x' },
      ['resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided'],
    ],
    [{ sendInitialEvents: true }, ['sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list']],
    [{ watch: true, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }, []],
    [
      { watch: true, sendInitialEvents: true },
      ['resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'],
    ],
    [
      { watch: true, resourceVersionMatch: 'NotOlderThan' },
      [
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ],
    ],
  ];
  test.each(table)('%j', (options, expected) => {
    expect(validateListOptions(options).map(fieldErrorMessage)).toEqual(expected);
  });

  test('the revision that a list is read at', () => {
    expect(listRevision({}, false)).toEqual({ type: 'newest' });
    expect(listRevision({ resourceVersion: '0' }, true)).toEqual({ type: 'any' });
    expect(listRevision({ resourceVersion: '7' }, false)).toEqual({ type: 'at-least', revision: 7 });
    expect(listRevision({ resourceVersion: '7' }, true)).toEqual({ type: 'exact', revision: 7 });
    expect(listRevision({ resourceVersion: '7', resourceVersionMatch: 'NotOlderThan' }, true)).toEqual({
      type: 'at-least',
      revision: 7,
    });
    expect(() => listRevision({ resourceVersion: '7', continue: 'x' }, true)).toThrow(
      'specifying resource version is not allowed when using continue',
    );
    expect(() => parseResourceVersion('abc')).toThrow(
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    );
  });
});

describe('request options', () => {
  const messages = (errors: readonly FieldError[]): readonly string[] => errors.map(fieldErrorMessage);

  test('of writes', () => {
    expect(validateWriteOptions({ dryRun: ['All'], fieldValidation: 'Strict', fieldManager: 'm' })).toEqual([]);
    expect(
      messages(validateWriteOptions({ dryRun: ['Some'], fieldValidation: 'Loose', fieldManager: 'a\u0007' })),
    ).toEqual([
      'fieldManager: Invalid value: "a\\a": invalid character U+0007 (at position 1)',
      'dryRun: Unsupported value: ["Some"]: supported values: "All"',
      'fieldValidation: Unsupported value: "Loose": supported values: "", "Ignore", "Strict", "Warn"',
    ]);
    expect(messages(validateWriteOptions({ fieldManager: 'x'.repeat(129) }))).toEqual([
      'fieldManager: Too long: may not be more than 128 bytes',
    ]);
  });

  test('of patches', () => {
    expect(messages(validatePatchOptions({}, true))).toEqual([
      'fieldManager: Required value: is required for apply patch',
    ]);
    expect(messages(validatePatchOptions({ force: false }, false))).toEqual([
      'force: Forbidden: may not be specified for non-apply patch',
    ]);
  });

  test('of deletes', () => {
    expect(validateDeleteOptions({ propagationPolicy: 'Orphan' })).toEqual([]);
    expect(messages(validateDeleteOptions({ propagationPolicy: 'Never', orphanDependents: true }))).toEqual([
      'propagationPolicy: Invalid value: "Never": orphanDependents and deletionPropagation cannot be both set',
      'propagationPolicy: Unsupported value: "Never": supported values: "Foreground", "Background", "Orphan", "nil"',
    ]);
  });
});

describe('tables', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: {} };
  const columns = [{ name: 'Name', type: 'string', format: 'name', description: 'd', priority: 0 }] as const;
  const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'web' } };

  test('rows carry what includeObject asks for', () => {
    expect(tableRow(pod, ['web'], 'None')).toEqual({ cells: ['web'] });
    expect(tableRow(pod, ['web'], 'Object').object).toBe(pod);
    expect(createTable(columns, [tableRow(pod, ['web'], 'Metadata')], { resourceVersion: '5' })).toEqual({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '5' },
      columnDefinitions: [{ name: 'Name', type: 'string', format: 'name', description: 'd', priority: 0 }],
      rows: [{ cells: ['web'], object: partial }],
    });
    expect(createTable(columns, [], {}, false).columnDefinitions).toEqual([]);
  });

  test('policies and lists', () => {
    expect([undefined, 'None', 'x'].map(parseIncludeObject)).toEqual(['Metadata', 'None', undefined]);
    expect(partialObjectMetadataList({}, [pod]).items).toEqual([partial]);
  });
});
