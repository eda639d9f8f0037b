import { describe, expect, it } from 'vitest';
import { checkLinearizable } from './check.ts';
import type { Operation } from './history.ts';
import type { Model } from './model.ts';
import { createRegisterModel, type RegisterInput, type RegisterOutput } from './register-model.ts';

type Step = Operation<RegisterInput, RegisterOutput>;

const model = createRegisterModel();
const limit = { steps: 100_000 };
let clients = 0;

const known = (calledAt: number, returnedAt: number, input: RegisterInput, output: RegisterOutput): Step => ({
  client: `c${++clients}`,
  calledAt,
  returnedAt,
  input,
  output,
});
const put = (from: number, to: number, key: string, value: string, revision: number): Step =>
  known(from, to, { type: 'put', key, value }, { type: 'written', revision });
const openPut = (from: number, key: string, value: string): Step => ({
  client: `c${++clients}`,
  calledAt: from,
  returnedAt: 'unknown',
  input: { type: 'put', key, value },
});
const get = (from: number, to: number, key: string, value?: string, modRevision = 0): Step =>
  known(
    from,
    to,
    { type: 'get', keys: [key] },
    { type: 'got', kvs: value === undefined ? [] : [{ key, value, modRevision }] },
  );
const swap = (from: number, to: number, expected: number, value: string, output: RegisterOutput): Step =>
  known(from, to, { type: 'cas', key: 'a', expected, value }, output);
const remove = (from: number, to: number, count: number, revision: number): Step =>
  known(from, to, { type: 'delete', keys: ['a'] }, { type: 'deleted', count, revision });

const table: readonly (readonly [name: string, verdict: 'ok' | 'violation', history: readonly Step[]])[] = [
  ['nothing at all', 'ok', []],
  ['a read after a write', 'ok', [put(0, 1, 'a', 'x', 2), get(2, 3, 'a', 'x', 2)]],
  ['a read that misses a write before it', 'violation', [put(0, 1, 'a', 'x', 2), get(2, 3, 'a')]],
  ['a read that misses a write beside it', 'ok', [put(0, 5, 'a', 'x', 2), get(2, 3, 'a')]],
  ['a read that touches a write', 'ok', [put(0, 2, 'a', 'x', 2), get(2, 3, 'a')]],
  ['a write seen, then not', 'violation', [put(0, 9, 'a', 'x', 2), get(1, 2, 'a', 'x', 2), get(3, 4, 'a')]],
  ['an open write seen late', 'ok', [openPut(0, 'a', 'x'), get(5, 6, 'a'), get(7, 8, 'a', 'x', 9)]],
  ['an open write seen, then lost', 'violation', [openPut(0, 'a', 'x'), get(5, 6, 'a', 'x', 2), get(7, 8, 'a')]],
  ['an open write seen before its call', 'violation', [get(0, 1, 'a', 'x', 2), openPut(5, 'a', 'x')]],
  [
    'an open write shown at two revisions',
    'violation',
    [openPut(0, 'a', 'x'), get(1, 2, 'a', 'x', 5), get(3, 4, 'a', 'x', 6)],
  ],
  ['revisions that fall', 'violation', [put(0, 1, 'a', 'x', 3), put(2, 3, 'a', 'y', 2)]],
  ['revisions against the order of calls', 'ok', [put(0, 9, 'a', 'x', 3), put(1, 8, 'a', 'y', 2)]],
  ['a swap of what is there', 'ok', [put(0, 1, 'a', 'x', 2), swap(2, 3, 2, 'y', { type: 'written', revision: 3 })]],
  [
    'two swaps of one version',
    'violation',
    [
      put(0, 1, 'a', 'x', 2),
      swap(2, 5, 2, 'y', { type: 'written', revision: 3 }),
      swap(2, 5, 2, 'z', { type: 'written', revision: 4 }),
    ],
  ],
  ['a creation refused by nothing', 'violation', [swap(0, 1, 0, 'x', { type: 'refused', present: null })]],
  [
    'a swap of what an open write made',
    'ok',
    [openPut(0, 'a', 'x'), swap(2, 3, 7, 'y', { type: 'written', revision: 8 })],
  ],
  [
    'an open write at a revision that was past by its call',
    'violation',
    [put(0, 1, 'a', 'x', 5), openPut(2, 'a', 'y'), get(3, 4, 'a', 'y', 4)],
  ],
  ['a deletion', 'ok', [put(0, 1, 'a', 'x', 2), remove(2, 3, 1, 3), get(4, 5, 'a')]],
  ['a deletion that found nothing', 'violation', [put(0, 1, 'a', 'x', 2), remove(2, 3, 0, 3)]],
  ['keys apart', 'ok', [put(0, 1, 'a', 'x', 9), put(2, 3, 'b', 'x', 2)]],
  [
    'keys joined by a read',
    'violation',
    [
      put(0, 9, 'a', 'x', 2),
      put(0, 9, 'b', 'y', 3),
      known(1, 2, { type: 'get', keys: ['a', 'b'] }, { type: 'got', kvs: [{ key: 'a', value: 'x', modRevision: 2 }] }),
      known(3, 4, { type: 'get', keys: ['a', 'b'] }, { type: 'got', kvs: [{ key: 'b', value: 'y', modRevision: 3 }] }),
    ],
  ],
];

describe('checkLinearizable', () => {
  it.each(table)('%s: %s', (_name, verdict, history) => {
    expect(checkLinearizable({ model, history, limit }).verdict).toBe(verdict);
  });

  it('shows what fits nowhere', () => {
    clients = 0;
    const history = [put(0, 10, 'a', 'x', 2), get(20, 40, 'a'), openPut(30, 'a', 'z'), put(0, 1, 'b', 'y', 3)];
    const result = checkLinearizable({ model, history, limit });
    expect(result).toMatchObject({
      verdict: 'violation',
      partition: 'a',
      linearized: [history[0]],
      stuck: [history[2], history[1]],
    });
    expect(result.verdict === 'violation' && `${result.reason}\n${result.timeline}`.replace(/ +$/gm, '')).toBe(
      [
        'No order of the operations on a explains their answers: after 1 of 2 the state is {"a"="x"@2 create 2 v1} at 2, and "get a -> nothing" of client c2 fits nowhere.',
        'partition a',
        '#1     c1  |---------|                               [0, 10] put a=x -> @2',
        'open   c3                               |---------?  [30, ?] put a=z -> ?',
        'stuck  c2                      |------------------|  [20, 40] get a -> nothing',
        'state after #1: {"a"="x"@2 create 2 v1} at 2',
      ].join('\n'),
    );
  });

  it.each([
    [[1, 1], 'ok'],
    [[2, 2, 2], 'ok'],
    [[1, 2], 'violation'],
    [[3], 'violation'],
  ])('follows all states that can follow: a die cast once and read as %j is %s', (answers, verdict) => {
    const die: Model<number, 'cast' | 'read', number> = {
      initial: () => 0,
      step: (state, input, output) =>
        input === 'cast' ? [1, 2] : output === undefined || output === state ? [state] : [],
      identify: String,
      describe: (input) => input,
      describeState: String,
    };
    const reads = answers.map((output, at) => ({
      client: 1,
      calledAt: 2 + 2 * at,
      returnedAt: 3 + 2 * at,
      input: 'read' as const,
      output,
    }));
    const cast = { client: 1, calledAt: 0, returnedAt: 1, input: 'cast', output: 0 } as const;
    expect(checkLinearizable({ model: die, history: [cast, ...reads], limit }).verdict).toBe(verdict);
  });

  it('remembers where it has been: many writes at once and a read that fits none cost no more than their subsets', () => {
    const writes = Array.from({ length: 10 }, (_, at) => openPut(0, 'a', `${at % 2}`));
    const result = checkLinearizable({ model, history: [...writes, get(1, 2, 'a', 'other', 2)], limit });
    expect(result.verdict).toBe('violation');
    expect(result.steps).toBeLessThan(30_000);
  });

  it('gives up at its limit of steps, and of time', () => {
    const history = Array.from({ length: 2000 }, (_, at) => put(0, 9_000, 'a', `${at}`, 3000 - at));
    expect(checkLinearizable({ model, history, limit: { steps: 1000 } }).verdict).toBe('unknown');
    let now = 0;
    expect(checkLinearizable({ model, history, limit: { timeMs: 10, now: () => now++ } }).verdict).toBe('unknown');
  });

  it('refuses a history that no clock can have made', () => {
    expect(() => checkLinearizable({ model, history: [put(5, 4, 'a', 'x', 2)], limit })).toThrow(
      /before its call at 5/,
    );
  });
});
