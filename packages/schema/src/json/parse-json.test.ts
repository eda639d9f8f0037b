import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatJsonPath } from './json-path.ts';
import { scanJson } from './json-scanner.ts';
import { parseJson } from './parse-json.ts';

describe('text that is not JSON gets the message of Go', () => {
  test.each<[string, string]>([
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['xx', "invalid character 'x' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{} {}', "invalid character '{' after top-level value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['tru', 'unexpected end of JSON input'],
    ['nul1', "invalid character '1' in literal null (expecting 'l')"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1e+}', "invalid character '}' in exponent of numeric literal"],
    ['01', "invalid character '1' after top-level value"],
  ])('%j', (text, message) => {
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ message, code: 'bad-json' }));
  });
});

describe('duplicate keys', () => {
  test.each<[string, string[]]>([
    ['{"a":1,"b":{"a":1}}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"x":[{"k":{"a":1,"\\u0061":2}}]}', ['x[0].k.a']],
    ['{"a":":{}[],\\"a\\":"}', []],
  ])('%s', (text, paths) => {
    expect(parseJson(text, { findDuplicates: true }).duplicates.map(formatJsonPath)).toEqual(paths);
  });

  test('are not looked for unless asked', () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ value: { a: 2 }, duplicates: [] });
  });
});

test('nesting is limited, also in a long text', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  expect(() => parseJson(nested(1001))).toThrow("invalid character '[' exceeded max depth");
  expect(() => parseJson('['.repeat(100_000))).toThrow("invalid character '[' exceeded max depth");
  expect(parseJson(nested(1000)).duplicates).toEqual([]);
});

test('the exact reader and the engine agree on what JSON is', () => {
  const alphabet = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    'a',
    '1',
    '0',
    '-',
    '.',
    'e',
    ' ',
    '\\',
    'true',
    'null',
  );
  const nearlyJson = fc.oneof(
    fc.json(),
    fc.array(alphabet, { maxLength: 8 }).map((parts) => parts.join('')),
    fc.tuple(fc.json(), fc.nat(), alphabet).map(([text, at, noise]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + noise + text.slice(cut + 1);
    }),
  );
  const accepts = (read: () => unknown): boolean => {
    try {
      read();
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(nearlyJson, (text) => {
      expect(accepts(() => scanJson(text, 1000))).toBe(accepts(() => JSON.parse(text)));
    }),
    { numRuns: 2000 },
  );
});
