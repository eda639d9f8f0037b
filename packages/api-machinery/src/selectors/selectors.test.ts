import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldErrorMessage } from '../errors/field-error.ts';
import { fieldPath } from '../errors/field-path.ts';
import { parseFieldSelector, unsupportedFieldMessage } from './field-selector.ts';
import {
  formatLabelSelector,
  parseLabelSelector,
  selectorOf,
  selectorOfLabels,
  validateLabelSelector,
} from './label-selector.ts';

describe('label selectors', () => {
  const matches: readonly (readonly [string, Record<string, string>, boolean])[] = [
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a=b', { a: 'c' }, false],
    ['a==b', { a: 'b' }, true],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a in (b, c)', { a: 'c' }, true],
    ['a in (b,c)', {}, false],
    ['a notin (b,c)', {}, true],
    ['a notin (b,c)', { a: 'b' }, false],
    ['a', { a: '' }, true],
    ['a', {}, false],
    ['!a', {}, true],
    ['! a', { a: '' }, false],
    ['a>3', { a: '4' }, true],
    ['a>3', { a: 'x' }, false],
    ['a<3', { a: '-1' }, true],
    ['a=', { a: '' }, true],
    ['a=,b=c', { a: '', b: 'c' }, true],
    ['a in ()', { a: '' }, true],
    ['a in (,b)', { a: '' }, true],
    ['a in (in,notin),in=in', { a: 'notin', in: 'in' }, true],
    ['a=b,a!=b', { a: 'b' }, false],
    ['constructor', {}, false],
  ];
  test.each(matches)('%j on %j: %j', (text, labels, expected) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(expected);
  });

  const errors = [
    ['x=a||y=b', /^unable to parse requirement: values\[0\]\[x\]: Invalid value: "a\|\|y": a valid label/],
    ['x=a=b', "found '=', expected: ',' or 'end of string'"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a=(', "unable to parse requirement: found '(', expected: identifier"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    [
      'a>b',
      "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    ['-a=b', /^unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of/],
    ['app=-b', /^unable to parse requirement: values\[0\]\[app\]: Invalid value: "-b": a valid label must be an empty/],
  ] as const;
  test.each(errors)('%j is refused', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  test('text is canonical, and reads back as itself', () => {
    const texts = ['b notin (z,y),a=1,!c,d,e>3,f in (x),g!=1', 'a==b'];
    expect(parseLabelSelector(texts[0] as string).toString()).toBe('a=1,b notin (y,z),!c,d,e>3,f in (x),g!=1');
    for (const text of texts) {
      const once = parseLabelSelector(text).toString();
      expect(parseLabelSelector(once).toString()).toBe(once);
    }
  });

  test('any text parses or is refused, and what parses reads back', () => {
    const alphabet = fc.constantFrom('a', 'b', 'in', 'notin', ' ', '=', '!', '(', ')', ',', '<', '>', '1', '-', '/');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 14 }), (parts) => {
        let text: string;
        try {
          text = parseLabelSelector(parts.join('')).toString();
        } catch (error) {
          expect((error as Error).name).toBe('SelectorError');
          return;
        }
        expect(parseLabelSelector(text).toString()).toBe(text);
      }),
    );
  });

  test('a LabelSelector object', () => {
    const selector = selectorOf({
      matchLabels: { z: '1' },
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['y', 'x'] },
        { key: 'b', operator: 'DoesNotExist' },
      ],
    });
    expect(selector.toString()).toBe('a in (x,y),!b,z=1');
    expect(selector.matches({ z: '1', a: 'x' })).toBe(true);
    expect(selectorOf(undefined).matches({})).toBe(false);
    expect(selectorOf({}).matches({})).toBe(true);
    expect(formatLabelSelector({})).toBe('<none>');
    expect(selectorOfLabels({ b: '1', a: '2' }).toString()).toBe('a=2,b=1');
    expect(() => selectorOf({ matchExpressions: [{ key: 'a', operator: 'Like' }] })).toThrow(
      '"Like" is not a valid label selector operator',
    );
  });

  test('validation of a LabelSelector object', () => {
    const problems = validateLabelSelector(
      {
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['x'] },
          { key: 'a', operator: 'Like' },
        ],
      },
      fieldPath('spec', 'selector'),
    );
    expect(problems.map(fieldErrorMessage)).toEqual([
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      'spec.selector.matchExpressions[2].operator: Invalid value: "Like": not a valid selector operator',
    ]);
  });
});

describe('field selectors', () => {
  test('parse, match, print', () => {
    const selector = parseFieldSelector('metadata.name=web,status.phase!=Running,spec.nodeName==');
    expect(selector.toString()).toBe('metadata.name=web,spec.nodeName=,status.phase!=Running');
    expect(selector.matches({ 'metadata.name': 'web', 'status.phase': 'Pending' })).toBe(true);
    expect(selector.matches({ 'metadata.name': 'web', 'status.phase': 'Running' })).toBe(false);
    expect(selector.requiredValue('metadata.name')).toBe('web');
    expect(selector.requiredValue('status.phase')).toBeUndefined();
    expect(parseFieldSelector('').empty).toBe(true);
  });

  test('escapes', () => {
    const selector = parseFieldSelector('a=x\\,y\\=z\\\\');
    expect(selector.matches({ a: 'x,y=z\\' })).toBe(true);
    expect(parseFieldSelector(selector.toString()).toString()).toBe(selector.toString());
    expect(() => parseFieldSelector('a=\\x')).toThrow('invalid field selector: invalid escape sequence: \\x');
    expect(() => parseFieldSelector('a')).toThrow("invalid selector: 'a'; can't understand 'a'");
  });

  test('unsupported fields', () => {
    expect(unsupportedFieldMessage(parseFieldSelector('a=b'), new Set(['a']))).toBeUndefined();
    expect(unsupportedFieldMessage(parseFieldSelector('x=b'), new Set(['a']))).toBe('field label not supported: x');
  });
});
