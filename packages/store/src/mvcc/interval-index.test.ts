import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntervalIndex } from './interval-index.ts';
import { isInTextRange } from './key-text.ts';

describe('interval index', () => {
  it('finds just the members whose range holds a key, whatever came and went', () => {
    const text = fc.string({ minLength: 0, maxLength: 2, unit: fc.constantFrom('a', 'b', 'c') });
    const range = fc.record({ from: text, to: fc.option(text, { nil: undefined }) });
    const step = fc.record({ adds: fc.boolean(), range, which: fc.nat(60) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.array(text, { maxLength: 10 }), (steps, keys) => {
        const index = new IntervalIndex<number>();
        const model: { readonly range: (typeof steps)[0]['range']; readonly member: number }[] = [];
        for (const [member, { adds, range: where, which }] of steps.entries()) {
          const [gone] = adds ? [] : model.splice(which % Math.max(1, model.length), 1);
          if (gone) index.remove(gone.range, gone.member);
          if (!adds) continue;
          index.add(where, member);
          model.push({ range: where, member });
        }
        for (const key of keys) {
          const found: number[] = [];
          index.visit(key, (member) => void found.push(member));
          const expected = model.filter((each) => isInTextRange(each.range, key)).map(({ member }) => member);
          expect(found.sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
        }
      }),
      { numRuns: 300 },
    );
  });
});
