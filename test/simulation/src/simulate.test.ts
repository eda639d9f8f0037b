import { describe, expect, it } from 'vitest';
import { runSeeds } from './run/run-seeds.ts';
import { describeSummary, summarize } from './run/summary.ts';
import { simulate } from './simulate.ts';

const seeds = Number(process.env.TRIREME_SEEDS ?? 2_000);
const limitMs = 300_000;

describe('members under every fault', () => {
  it(
    `keep all promises in ${seeds} seeds`,
    async ({ signal }) => {
      const startedMs = performance.now();
      const tally = await runSeeds({ from: 1, seeds, signal });
      const again = (seed: number): string => `npm run simulate -- --seed ${seed} --trace`;
      const text = describeSummary(summarize(tally), (performance.now() - startedMs) / 1000, again);
      console.log(text);
      expect(
        tally.failures.map(({ seed }) => seed),
        text,
      ).toEqual([]);
      expect(tally.seeds).toBe(seeds);
      // A simulation in which nothing is asked or nothing fails would pass as well.
      expect(tally.counts.operations ?? 0).toBeGreaterThan(20 * seeds);
      expect(tally.counts['crash-point'] ?? 0).toBeGreaterThan(seeds / 10);
    },
    limitMs,
  );

  it('run the same, event by event, under the same seed', async () => {
    for (const seed of [7, 77]) {
      const [first, second] = [await simulate(seed), await simulate(seed)];
      expect(second).toEqual(first);
      expect(first.digest).not.toBe((await simulate(seed + 1)).digest);
    }
  });
});
