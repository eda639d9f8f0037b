import type { Endpoint } from '@trireme/schema/types/discovery/v1';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packEndpoints } from './pack.ts';

const endpoint = (name: string): Endpoint => ({ addresses: [name] });
const names = (slices: readonly (readonly Endpoint[])[]): readonly string[] =>
  slices.map((slice) => slice.map(({ addresses }) => addresses[0]).join(''));
const slices = (...texts: readonly string[]) => texts.map((text) => [...text].map(endpoint));

describe('packing endpoints', () => {
  it.each([
    ['leaves all where it is', ['abc', 'd'], 'dcba', ['abc', 'd'], []],
    ['fills what changes anyway first', ['abc', 'd'], 'acdx', ['acx', 'd'], []],
    ['then what has room', ['abc', 'd'], 'abcdxy', ['abc', 'dxy'], []],
    ['then new slices', ['abc'], 'abcdefg', ['abc'], ['def', 'g']],
    ['empties what is not needed', ['abc', 'd'], 'abc', ['abc', ''], []],
    ['starts from nothing', [], 'abcd', [], ['abc', 'd']],
  ] as const)('%s', (_, before, wanted, kept, added) => {
    const packed = packEndpoints(slices(...before), [...wanted].map(endpoint), 3);
    expect(names(packed.kept)).toEqual(kept);
    expect(names(packed.added)).toEqual(added);
  });

  it('holds exactly what is wanted, once, in slices that are not too full', () => {
    const letters = fc.uniqueArray(fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), { maxLength: 26 });
    fc.assert(
      fc.property(
        letters,
        letters,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        (old, wanted, max, size) => {
          const before: Endpoint[][] = [];
          for (let i = 0; i < old.length; i += Math.min(size, max)) {
            before.push(old.slice(i, i + Math.min(size, max)).map(endpoint));
          }
          const { kept, added } = packEndpoints(before, wanted.map(endpoint), max);
          expect(kept).toHaveLength(before.length);
          expect(
            names([...kept, ...added])
              .join('')
              .split('')
              .filter(Boolean)
              .toSorted(),
          ).toEqual(wanted.toSorted());
          for (const slice of [...kept, ...added]) expect(slice.length).toBeLessThanOrEqual(max);
          for (const slice of added) expect(slice.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});
