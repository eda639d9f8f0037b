import { describe, expect, it } from 'vitest';
import { createSchedulingQueue } from './scheduling-queue.ts';

describe('scheduling queue', () => {
  it('gives the higher priority first, then the one that came first', () => {
    const queue = createSchedulingQueue();
    queue.add('a', 0, 0);
    queue.add('b', 10, 0);
    queue.add('c', 0, 0);
    expect([queue.pop(0), queue.pop(0), queue.pop(0), queue.pop(0)]).toEqual(['b', 'a', 'c', undefined]);
  });

  it('lets a refused pod rest until something changes, and then for its backoff', () => {
    const queue = createSchedulingQueue();
    queue.add('a', 0, 0);
    queue.pop(0);
    queue.refused('a', 0);
    expect(queue.pop(60_000)).toBeUndefined();
    queue.changed(60_000);
    expect(queue.pop(60_999)).toBeUndefined();
    expect(queue.nextAtMs()).toBe(61_000);
    expect(queue.pop(61_000)).toBe('a');
  });

  it('tries again after five minutes although nothing changed', () => {
    const queue = createSchedulingQueue();
    queue.add('a', 0, 0);
    queue.pop(0);
    queue.refused('a', 0);
    expect(queue.pop(299_999)).toBeUndefined();
    expect(queue.pop(300_000)).toBe('a');
  });

  it('does not miss a change that came while the pod was tried', () => {
    const queue = createSchedulingQueue();
    queue.add('a', 0, 0);
    queue.pop(0);
    queue.changed(0);
    queue.refused('a', 0);
    expect(queue.pop(1000)).toBe('a');
  });

  it('waits longer after each failure, up to ten seconds', () => {
    const queue = createSchedulingQueue();
    queue.add('a', 0, 0);
    const waits: number[] = [];
    let now = 0;
    for (let i = 0; i < 6; i++) {
      queue.pop(now);
      queue.failed('a', now);
      const next = queue.nextAtMs() ?? 0;
      waits.push(next - now);
      now = next;
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it('forgets what is removed', () => {
    const queue = createSchedulingQueue();
    queue.add('a', 0, 0);
    queue.remove('a');
    expect(queue.pop(0)).toBeUndefined();
    expect(queue.size).toBe(0);
  });
});
