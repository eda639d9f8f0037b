import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createHeap } from './heap.ts';

it('gives out what a sorted list would, whatever order things come and go in', () => {
  const step = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('pop' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const heap = createHeap<number>((a, b) => a < b);
      let model: number[] = [];
      for (const each of steps) {
        if (each === 'pop') {
          expect(heap.pop()).toBe(model[0]);
          model = model.slice(1);
        } else {
          heap.push(each);
          model = [...model, each].sort((a, b) => a - b);
        }
        expect(heap.peek()).toBe(model[0]);
        expect(heap.size).toBe(model.length);
      }
      expect([...heap.items()].sort((a, b) => a - b)).toEqual(model);
    }),
  );
});
