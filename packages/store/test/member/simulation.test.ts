import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';

const seeds = Number(process.env.TRIREME_SEEDS ?? 40);
const first = Number(process.env.TRIREME_FIRST_SEED ?? 1);

describe('three members under faults', () => {
  it(
    'lose no acknowledged write, leave no gap in a watch, and end up equal',
    async () => {
      let writes = 0;
      for (let seed = first; seed < first + seeds; seed++) {
        try {
          const report = await simulate(seed, 12_000);
          writes += report.writes;
          if (process.env.TRIREME_VERBOSE) console.log(seed, report);
        } catch (error) {
          const again = `TRIREME_FIRST_SEED=${seed} TRIREME_SEEDS=1 npx vitest run test/member/simulation.test.ts`;
          throw new Error(`seed ${seed}: ${(error as Error).message}\nagain: ${again}`, { cause: error });
        }
      }
      expect(writes).toBeGreaterThan(seeds * 50);
    },
    Math.max(20_000, seeds * 2_000),
  );
});
