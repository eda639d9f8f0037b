import { createSeededRandom, type SeededRandom } from '@trireme/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLinearizableByBruteForce } from './brute-force.ts';
import { checkLinearizable } from './check.ts';
import { checkRevisionOrder } from './check-revision-order.ts';
import { generateHistory } from './generate-history.ts';
import { isKnown, type Operation } from './history.ts';
import type { KvHistory } from './kv-history.ts';
import { toKeyHistory } from './kv-key-history.ts';
import { createKvStoreModel } from './kv-store-model.ts';
import { createRegisterModel, type RegisterInput, type RegisterOutput } from './register-model.ts';

const limit = { steps: 1_000_000 };
const registers = createRegisterModel();
const store = createKvStoreModel();

const value = fc.constantFrom('x', 'y');
const revision = fc.integer({ min: 2, max: 4 });
const key = fc.constantFrom('a', 'a', 'a', 'b');
const shown = (of: string) =>
  fc.record({ key: fc.constant(of), value, modRevision: revision, version: fc.constantFrom(undefined, 1, 2) });
const written = fc.record({ type: fc.constant('written' as const), revision });

/** What is asked and answered, at random: some of it makes sense. */
const exchange: fc.Arbitrary<{ input: RegisterInput; output: RegisterOutput }> = key.chain((of) =>
  fc.oneof(
    fc.record({ input: value.map((to) => ({ type: 'put' as const, key: of, value: to })), output: written }),
    fc.record({
      input: fc.constant({ type: 'get' as const, keys: [of] }),
      output: fc.array(shown(of), { maxLength: 1 }).map((kvs) => ({ type: 'got' as const, kvs })),
    }),
    fc.record({
      input: fc.constant({ type: 'get' as const, keys: ['a', 'b'] }),
      output: fc
        .tuple(fc.option(shown('a'), { nil: undefined }), fc.option(shown('b'), { nil: undefined }))
        .map((both) => ({ type: 'got' as const, kvs: both.filter((kv) => kv !== undefined) })),
    }),
    fc.record({
      input: fc.constant({ type: 'delete' as const, keys: [of] }),
      output: fc.record({ type: fc.constant('deleted' as const), count: fc.constantFrom(0, 1), revision }),
    }),
    fc.record({
      input: fc.record({
        type: fc.constant('cas' as const),
        key: fc.constant(of),
        expected: fc.constantFrom(0, 2, 3),
        value: fc.option(value, { nil: undefined }),
      }),
      output: fc.oneof(
        written,
        fc.record({ type: fc.constant('refused' as const), present: fc.option(shown(of), { nil: null }) }),
      ),
    }),
  ),
);

const operation: fc.Arbitrary<Operation<RegisterInput, RegisterOutput>> = fc
  .tuple(exchange, fc.nat(12), fc.nat(12), fc.nat(3))
  .map(([{ input, output }, calledAt, length, open]) =>
    open === 0
      ? { client: 'c', calledAt, returnedAt: 'unknown', input }
      : { client: 'c', calledAt, returnedAt: calledAt + length, input, output },
  );

/** Shifts numbers in some answers of a valid history, so that it may or may not stay valid. */
function disturb(history: KvHistory, random: SeededRandom): KvHistory {
  return history.map((one) => {
    if (!isKnown(one) || !random.chance(0.25)) return one;
    const by = random.pick([-1, 1]);
    const { output } = one;
    const header = { ...output.response.header, revision: Math.max(1, output.response.header.revision + by) };
    if (output.type === 'txn') return { ...one, output: { ...output, response: { ...output.response, header } } };
    const donor = random.pick(history);
    const kvs = isKnown(donor) && donor.output.type === 'range' ? donor.output.response.kvs : [];
    if (random.chance(0.5)) return { ...one, output: { ...output, response: { ...output.response, header } } };
    return { ...one, output: { ...output, response: { ...output.response, kvs, count: kvs.length } } };
  });
}

describe('against every order tried in turn', () => {
  it('finds the same for registers', () => {
    const seen = { true: 0, false: 0 };
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 6 }), (history) => {
        // Registers of several parts share a counter, of which the model knows no more than that it rises in each.
        const parts = registers.partition?.(history) ?? [];
        const expected = parts.every((part) => isLinearizableByBruteForce(registers, part.history));
        seen[`${expected}`] += 1;
        expect(checkLinearizable({ model: registers, history, limit }).verdict).toBe(expected ? 'ok' : 'violation');
      }),
      { numRuns: 4000 },
    );
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(200);
  });

  it.each([0, 0.4])('finds the same for the whole store, by search and by revision (wide share %d)', (wideShare) => {
    const seen = { true: 0, false: 0 };
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 7 }), (seed, operations) => {
        const random = createSeededRandom(seed);
        const made = generateHistory(random, { clients: 3, operations, keys: 2, openShare: 0.25, wideShare });
        const history = disturb(made, random);
        const expected = isLinearizableByBruteForce(store, history);
        seen[`${expected}`] += 1;
        const verdict = expected ? 'ok' : 'violation';
        expect(checkLinearizable({ model: store, history, limit }).verdict).toBe(verdict);
        expect(checkRevisionOrder({ history, limit }).verdict).toBe(verdict);
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(100);
  });

  it('never blames a register where the whole store is right', () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), (seed, connect) => {
        const random = createSeededRandom(seed);
        const made = generateHistory(random, { clients: 3, operations: 7, keys: 2, openShare: 0.25 });
        const history = disturb(made, random);
        if (!isLinearizableByBruteForce(store, history)) return;
        const keys = toKeyHistory(history, { ranges: connect ? 'connect' : 'leave-out' });
        expect(checkLinearizable({ model: registers, history: keys, limit }).verdict).toBe('ok');
      }),
      { numRuns: 1000 },
    );
  });
});
