import { createSeededRandom } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { breakages, breakHistory } from './break-history.ts';
import { checkLinearizable } from './check.ts';
import { checkRevisionOrder } from './check-revision-order.ts';
import { generateHistory } from './generate-history.ts';
import { toKeyHistory } from './kv-key-history.ts';
import { createRegisterModel } from './register-model.ts';

const limit = { steps: 2_000_000 };
const model = createRegisterModel();
const seeds = Array.from({ length: 60 }, (_, seed) => seed);
const options = { clients: 5, operations: 150, keys: 4 };

describe('histories of a linearizable store', () => {
  it.each([0, 0.05, 0.2])('pass, with %d of the outcomes unknown', (openShare) => {
    for (const seed of seeds) {
      const history = generateHistory(createSeededRandom(seed), { ...options, openShare });
      expect(checkLinearizable({ model, history: toKeyHistory(history), limit })).toMatchObject({ verdict: 'ok' });
      expect(checkRevisionOrder({ history, limit })).toMatchObject({ verdict: 'ok' });
    }
  });

  it('pass with ranges, transactions on several keys and leases that end', () => {
    for (const seed of seeds) {
      const history = generateHistory(createSeededRandom(seed), { ...options, openShare: 0.05, wideShare: 0.3 });
      expect(checkRevisionOrder({ history, limit })).toMatchObject({ verdict: 'ok' });
    }
  });

  it.each(Object.keys(breakages))('fail once broken by %s', (name) => {
    let broken = 0;
    for (const seed of seeds) {
      const random = createSeededRandom(seed);
      const history = breakHistory(name, generateHistory(random, { ...options, openShare: 0.05 }), random);
      if (!history) continue;
      broken += 1;
      expect(checkLinearizable({ model, history: toKeyHistory(history), limit }).verdict).toBe('violation');
      expect(checkRevisionOrder({ history, limit }).verdict).toBe('violation');
    }
    expect(broken).toBeGreaterThan(8);
  });

  it('of 10,000 operations on 20 keys by 10 clients are judged in less than two seconds, whole or broken', () => {
    const random = createSeededRandom(1);
    const history = generateHistory(random, { clients: 10, operations: 10_000, keys: 20, openShare: 0.002 });
    const broken = breakHistory('staleRead', history, random) ?? [];
    for (const [one, verdict] of [
      [history, 'ok'],
      [broken, 'violation'],
    ] as const) {
      const startedAt = performance.now();
      expect(checkLinearizable({ model, history: toKeyHistory(one), limit }).verdict).toBe(verdict);
      const middle = performance.now();
      expect(checkRevisionOrder({ history: one, limit }).verdict).toBe(verdict);
      expect(middle - startedAt).toBeLessThan(2000);
      expect(performance.now() - middle).toBeLessThan(2000);
    }
  });
});
