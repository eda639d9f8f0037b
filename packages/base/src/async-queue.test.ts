import { describe, expect, it } from 'vitest';
import { createAsyncQueue } from './async-queue.ts';

async function collect<T>(source: AsyncIterable<T>, into: T[] = []): Promise<T[]> {
  for await (const item of source) into.push(item);
  return into;
}

describe('async queue', () => {
  it('gives in order what was pushed before and after the reader came', async () => {
    const queue = createAsyncQueue<number>();
    queue.push(1);
    queue.push(2);
    const read = collect(queue);
    queue.push(3);
    queue.end();
    expect(await read).toEqual([1, 2, 3]);
    expect(queue.closed).toBe(true);
  });

  it('fails only after what waits was read', async () => {
    const queue = createAsyncQueue<number>();
    queue.push(1);
    queue.fail(new Error('gone'));
    const seen: number[] = [];
    await expect(collect(queue, seen)).rejects.toThrow('gone');
    expect(seen).toEqual([1]);
  });

  it('tells its producer when the reader leaves, and takes nothing more', async () => {
    let left = 0;
    const queue = createAsyncQueue<number>(() => {
      left += 1;
    });
    queue.push(1);
    queue.push(2);
    for await (const item of queue) if (item === 1) break;
    queue.push(3);
    expect([left, queue.size, queue.closed]).toEqual([1, 0, true]);
  });

  it('holds no more than what was not read', async () => {
    const queue = createAsyncQueue<number>();
    const reader = queue[Symbol.asyncIterator]();
    for (let i = 0; i < 5000; i++) queue.push(i);
    for (let i = 0; i < 4000; i++) expect((await reader.next()).value).toBe(i);
    expect(queue.size).toBe(1000);
  });
});
