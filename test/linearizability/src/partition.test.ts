import { describe, expect, it } from 'vitest';
import type { OpenOperation } from './history.ts';
import { partitionByKeys } from './partition.ts';

const touching = (...keys: readonly string[]): OpenOperation<readonly string[]> => ({
  client: 1,
  calledAt: 0,
  returnedAt: 'unknown',
  input: keys,
});

describe('partitionByKeys', () => {
  it.each([
    [
      [['a'], ['b'], ['a']],
      ['a', 'b'],
    ],
    [
      [['a', 'b'], ['c']],
      ['a+b', 'c'],
    ],
    [
      [['a', 'b'], ['c', 'd'], ['e'], ['d', 'a']],
      ['a+b+c+d', 'e'],
    ],
    [[['a'], ['b'], ['c'], ['c', 'b', 'a']], ['a+b+c']],
  ])('%j makes %j', (inputs, names) => {
    const history = inputs.map((keys) => touching(...keys));
    const parts = partitionByKeys(history, (keys) => keys);
    expect(parts.map(({ name }) => name).sort()).toEqual(names);
    expect(parts.flatMap((part) => part.history)).toHaveLength(history.length);
  });

  it('refuses an operation without a key, which no part would judge', () => {
    expect(() => partitionByKeys([touching()], (keys) => keys)).toThrow(/names no key/);
  });
});
