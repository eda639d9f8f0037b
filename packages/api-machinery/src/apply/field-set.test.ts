import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  emptyFieldSet,
  equalFieldSets,
  type FieldSet,
  fieldPathsOf,
  fieldSetOfPaths,
  hasPath,
  intersectFieldSets,
  subtractFieldSets,
  subtractFieldSetsDeep,
  unionFieldSets,
} from './field-set.ts';
import { fieldPathText, formatFieldsV1, parseFieldsV1 } from './fields-v1.ts';

type Path = readonly string[];
const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:1', 'v:"1"', 'i:0');
const paths = fc.array(fc.array(element, { minLength: 1, maxLength: 3 }), { maxLength: 8 });

/** The dumb twin: a set of texts. */
const model = (of: readonly Path[]): Set<string> => new Set(of.map((path) => path.join('/')));
const textsOf = (set: FieldSet): Set<string> => model([...fieldPathsOf(set)]);

describe('field sets against sets of texts', () => {
  const law = (name: string, check: (a: readonly Path[], b: readonly Path[]) => void): void => {
    test(name, () => {
      fc.assert(fc.property(paths, paths, check));
    });
  };

  law('membership', (a) => {
    const set = fieldSetOfPaths(a);
    expect(textsOf(set)).toEqual(model(a));
    for (const path of a) expect(hasPath(set, path)).toBe(true);
  });
  law('union', (a, b) => {
    expect(textsOf(unionFieldSets(fieldSetOfPaths(a), fieldSetOfPaths(b)))).toEqual(
      new Set([...model(a), ...model(b)]),
    );
  });
  law('intersection', (a, b) => {
    expect(textsOf(intersectFieldSets(fieldSetOfPaths(a), fieldSetOfPaths(b)))).toEqual(
      new Set([...model(a)].filter((text) => model(b).has(text))),
    );
  });
  law('difference', (a, b) => {
    expect(textsOf(subtractFieldSets(fieldSetOfPaths(a), fieldSetOfPaths(b)))).toEqual(
      new Set([...model(a)].filter((text) => !model(b).has(text))),
    );
  });
  law('deep difference takes what lies below as well', (a, b) => {
    const isBelow = (path: Path): boolean => b.some((other) => other.every((step, i) => path[i] === step));
    const left = textsOf(subtractFieldSetsDeep(fieldSetOfPaths(a), fieldSetOfPaths(b)));
    expect(left).toEqual(model(a.filter((path) => !isBelow(path))));
  });
  law('equal sets are equal in any order, and no empty child is kept', (a, b) => {
    expect(equalFieldSets(fieldSetOfPaths(a), fieldSetOfPaths(a.toReversed()))).toBe(true);
    const gone = subtractFieldSets(fieldSetOfPaths(b), fieldSetOfPaths(b));
    expect(equalFieldSets(gone, emptyFieldSet)).toBe(true);
  });
  law('FieldsV1 reads back', (a) => {
    const set = fieldSetOfPaths(a);
    expect(equalFieldSets(parseFieldsV1(JSON.parse(JSON.stringify(formatFieldsV1(set)))), set)).toBe(true);
  });
});

test('the form of FieldsV1', () => {
  const fields = {
    'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
    'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {} } }, 'f:finalizers': { 'v:"x"': {} } },
  };
  const set = parseFieldsV1(fields);
  expect([...fieldPathsOf(set)].map(fieldPathText)).toEqual([
    '.metadata.labels',
    '.metadata.labels.app',
    '.spec.containers[name="web"]',
    '.spec.containers[name="web"].image',
    '.spec.finalizers[="x"]',
  ]);
  expect(formatFieldsV1(set)).toEqual(fields);
});

test('keys are one whatever the order of their fields', () => {
  const set = parseFieldsV1({ 'k:{"protocol":"TCP","containerPort":80}': {} });
  expect(formatFieldsV1(set)).toEqual({ 'k:{"containerPort":80,"protocol":"TCP"}': {} });
  expect([...fieldPathsOf(set)].map(fieldPathText)).toEqual(['[containerPort=80,protocol="TCP"]']);
});

test.each([{ 'x:a': {} }, { 'k:name': {} }, { 'i:x': {} }, { 'f:a': 1 }, 'f:a'])('%j is refused', (fields) => {
  expect(() => parseFieldsV1(fields)).toThrow('parse FieldsV1');
});
