import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSortedKeys } from './sorted-keys.ts';

describe('sorted keys', () => {
  it('is an ordered map, whatever is added and removed', () => {
    const step = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 3000 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3000 }), fc.boolean(), (steps, inOrder) => {
        const keys = createSortedKeys<{ text: string }>();
        const model = new Set<string>();
        for (const [index, [add, number]] of steps.entries()) {
          const text = `${inOrder ? 10_000 + index : number}`;
          if (add === model.has(text)) continue;
          if (add) keys.insert({ text });
          else keys.remove(text);
          if (add) model.add(text);
          else model.delete(text);
        }
        const seen: string[] = [];
        keys.visit({ from: '', to: undefined }, (item) => void seen.push(item.text));
        expect(seen).toEqual([...model].sort());
        expect(keys.size).toBe(model.size);
        const some: string[] = [];
        keys.visit({ from: '15', to: '25' }, (item) => void some.push(item.text));
        expect(some).toEqual([...model].filter((text) => text >= '15' && text < '25').sort());
        for (const text of ['15', '2000']) expect(keys.get(text)?.text).toBe(model.has(text) ? text : undefined);
      }),
      { numRuns: 40 },
    );
  });
});
