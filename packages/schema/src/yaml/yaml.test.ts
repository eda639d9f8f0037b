import type { JsonValue } from '@trireme/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatJsonPath } from '../json/json-path.ts';
import { formatYaml, parseYaml, parseYamlDocuments } from './index.ts';

describe('unquoted words', () => {
  test.each<[string, JsonValue]>([
    ['yes', true],
    ['off', false],
    ['~', null],
    ['', null],
    ['0777', 511],
    ['0x1F', 31],
    ['1_000', 1000],
    ['-12', -12],
    ['08', 8],
    ['1e3', 1000],
    ['.5', 0.5],
    ['22:22', '22:22'],
    ['2001-01-01', '2001-01-01'],
    ['1.2.3', '1.2.3'],
    ['100m', '100m'],
    ['"yes"', 'yes'],
    ["'1'", '1'],
    ['!!str 1', '1'],
    ['-', [null]],
    ['.', '.'],
  ])('%s', (text, value) => {
    expect(parseYaml(`a: ${text === '-' ? '\n- ' : text}`).value).toEqual({ a: value });
  });
});

test('keys are texts, and what repeats is found', () => {
  const { value, duplicates } = parseYaml('1: a\ntrue: b\nspec:\n- x: 1\n  x: 2\n');
  expect(value).toEqual({ 1: 'a', true: 'b', spec: [{ x: 2 }] });
  expect(duplicates.map(formatJsonPath)).toEqual(['spec[0].x']);
});

test('anchors and merges', () => {
  const text = 'base: &b {a: 1, b: 2}\nmore:\n  <<: *b\n  b: 3\n';
  expect(parseYaml(text).value).toEqual({ base: { a: 1, b: 2 }, more: { a: 1, b: 3 } });
});

test('an alias bomb is refused', () => {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(',')}]`,
    );
  expect(() => parseYaml(lines.join('\n'))).toThrow('excessive aliasing');
  expect(() => parseYaml('a: &a [*a]')).toThrow("anchor 'a' value contains itself");
  expect(() => parseYaml('a: [*b]')).toThrow(expect.objectContaining({ code: 'bad-yaml' }));
});

test('many documents, of which empty ones do not count', () => {
  const documents = parseYamlDocuments('---\na: 1\n---\n# nothing\n---\n{"b": 2}\n');
  expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }]);
  expect(parseYaml('').value).toBeNull();
});

test('JSON is YAML, also when it is not quite JSON', () => {
  expect(parseYaml('{"a": {"b": 1, "b": 2}}')).toEqual({ value: { a: { b: 2 } }, duplicates: [['a', 'b']] });
  expect(parseYaml('{a: yes, "b": 1,}').value).toEqual({ a: true, b: 1 });
});

test('an error names its line', () => {
  expect(() => parseYaml('a: 1\nb: [1\nc: 2\n')).toThrow(/^error converting YAML to JSON: yaml: line \d: /);
  expect(() => parseYaml('a: b: c')).toThrow(expect.objectContaining({ code: 'bad-yaml' }));
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const object = JSON.parse(JSON.stringify({ value })) as JsonValue;
      expect(parseYaml(formatYaml(object)).value).toEqual(object);
    }),
  );
});

test('is written as kubectl writes it', () => {
  expect(formatYaml({ b: ['x'], a: { on: 'yes', t: '2024-01-01T00:00:00Z' } })).toBe(
    'a:\n  "on": "yes"\n  t: "2024-01-01T00:00:00Z"\nb:\n- x\n',
  );
});
