import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeenSet } from './seen-set.ts';

describe('createSeenSet', () => {
  it('remembers as a set of texts does', () => {
    const size = 40;
    const step = fc.record({ index: fc.nat(size - 1), state: fc.constantFrom('a', 'b'), flip: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const seen = createSeenSet(size);
        const current = new Set<number>();
        const dumb = new Set<string>();
        for (const { index, state, flip } of steps) {
          const next = current.symmetricDifference(new Set([index]));
          const text = `${[...next].sort()} ${state}`;
          expect(seen.add(index, state)).toBe(!dumb.has(text));
          dumb.add(text);
          if (!flip) continue;
          seen.flip(index);
          if (!current.delete(index)) current.add(index);
        }
      }),
    );
  });
});
