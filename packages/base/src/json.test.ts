import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloneJson, deepFreeze, equalJson } from './json.ts';

describe('JSON values', () => {
  it('equal their copies, which share nothing with them', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy = cloneJson(deepFreeze(value));
        expect(copy).toEqual(value);
        expect(equalJson(copy, value)).toBe(true);
        if (typeof copy === 'object' && copy !== null) expect(Object.isFrozen(copy)).toBe(false);
      }),
    );
  });

  it.each<[unknown, unknown, boolean]>([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    ['1', 1, false],
  ])('%j and %j: %s', (a, b, equal) => {
    expect(equalJson(a, b)).toBe(equal);
    expect(equalJson(b, a)).toBe(equal);
  });
});
