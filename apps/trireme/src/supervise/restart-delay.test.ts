import { expect, it } from 'vitest';
import { countQuickDeaths, restartDelayMs } from './restart-delay.ts';

it('waits longer each time a process dies young, and starts over after a long life', () => {
  let quick = 0;
  const delays: number[] = [];
  for (const livedMs of [60_000, 10, 10, 10, 10, 10, 10, 10, 10, 10, 31_000]) {
    quick = countQuickDeaths(quick, livedMs);
    delays.push(restartDelayMs(quick));
  }
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000, 100]);
});
