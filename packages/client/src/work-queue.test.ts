import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorkQueue } from './work-queue.ts';

describe('work queue', () => {
  it('holds a key once, and gives keys in order of arrival', () => {
    const queue = createWorkQueue();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect([queue.take(0), queue.take(0), queue.take(0), queue.take(0)]).toEqual(['a', 'b', 'c', undefined]);
  });

  it('gives a key to one worker at a time, and again if it was added meanwhile', () => {
    const queue = createWorkQueue();
    queue.add('a');
    expect(queue.take(0)).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.take(0)).toBeUndefined();
    queue.done('a');
    expect(queue.take(0)).toBe('a');
    queue.done('a');
    expect(queue.take(0)).toBeUndefined();
  });

  it('brings failing keys back ever later, until they succeed', () => {
    const queue = createWorkQueue({ baseDelayMs: 5, maxDelayMs: 30 });
    expect([1, 2, 3, 4, 5].map(() => queue.addRateLimited('a', 0))).toEqual([5, 10, 20, 30, 30]);
    queue.forget('a');
    expect(queue.addRateLimited('a', 0)).toBe(5);
    expect(createWorkQueue().addRateLimited('a', 0)).toBe(5);
  });

  it('keeps the earliest of several delays', () => {
    const queue = createWorkQueue();
    queue.addAfter('a', 50, 0);
    queue.addAfter('a', 10, 0);
    queue.addAfter('a', 90, 0);
    expect(queue.nextDueMs()).toBe(10);
    expect(queue.take(9)).toBeUndefined();
    expect(queue.take(10)).toBe('a');
    queue.done('a');
    expect(queue.take(1000)).toBeUndefined();
    expect(queue.nextDueMs()).toBeUndefined();
  });

  it('never loses a key, nor gives one to two workers, whatever happens', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), key }),
      fc.record({ do: fc.constant('after' as const), key, delayMs: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({ do: fc.constant('done' as const), key }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = createWorkQueue();
        const owed = new Map<string, number>();
        const working = new Set<string>();
        let now = 0;
        const owe = (name: string, dueMs: number): void => {
          owed.set(name, Math.min(owed.get(name) ?? Number.POSITIVE_INFINITY, dueMs));
        };
        const take = (): string | undefined => {
          const taken = queue.take(now);
          const due = [...owed].filter(([name, dueMs]) => dueMs <= now && !working.has(name)).map(([name]) => name);
          if (taken === undefined) expect(due).toEqual([]);
          else {
            expect(due).toContain(taken);
            working.add(taken);
            owed.delete(taken);
          }
          return taken;
        };
        // A key that is due already and also delayed is owed twice; the model keeps the later debt apart.
        const later = new Map<string, number>();
        for (const action of steps) {
          now++;
          for (const [name, dueMs] of later) {
            if (dueMs > now) continue;
            later.delete(name);
            owe(name, now);
          }
          if (action.do === 'add') {
            queue.add(action.key);
            owe(action.key, now);
          } else if (action.do === 'after') {
            queue.addAfter(action.key, action.delayMs, now);
            const dueMs = now + action.delayMs;
            later.set(action.key, Math.min(later.get(action.key) ?? Number.POSITIVE_INFINITY, dueMs));
          } else if (action.do === 'take') take();
          else if (working.delete(action.key)) queue.done(action.key);
        }
        now += 100;
        for (const name of later.keys()) owe(name, now);
        for (const name of working) queue.done(name);
        working.clear();
        while (take() !== undefined);
        expect(queue.size + queue.delayed).toBe(0);
      }),
    );
  });
});
