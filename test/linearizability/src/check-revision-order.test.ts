import { utf8 } from '@trireme/base';
import { describe, expect, it } from 'vitest';
import { checkRevisionOrder } from './check-revision-order.ts';
import type { KvHistory, KvOperation } from './kv-history.ts';

const limit = { steps: 10_000 };
const header = (revision: number) => ({ clusterId: 1n, memberId: 2n, revision, raftTerm: 3 });
const key = utf8('a');

const putInput = (value: string) =>
  ({ type: 'txn', request: { success: [{ type: 'put', request: { key, value: utf8(value) } }] } }) as const;

function put(from: number, to: number, value: string, revision: number): KvOperation {
  const response = { header: header(revision), succeeded: true, responses: [{ type: 'put', response: {} } as const] };
  return { client: 1, calledAt: from, returnedAt: to, input: putInput(value), output: { type: 'txn', response } };
}

function openPut(from: number, value: string): KvOperation {
  return { client: 2, calledAt: from, returnedAt: 'unknown', input: putInput(value) };
}

/** Reads `a` and finds `value`, last changed at `mod`. */
function get(
  from: number,
  to: number,
  revision: number,
  found?: [value: string, mod: number, version: number],
  serializable?: boolean,
): KvOperation {
  const kvs = found
    ? [{ key, value: utf8(found[0]), createRevision: 2, modRevision: found[1], version: found[2], lease: 0n }]
    : [];
  const response = { header: header(revision), kvs, more: false, count: kvs.length };
  return {
    client: 3,
    calledAt: from,
    returnedAt: to,
    input: { type: 'range', request: { key, serializable } },
    output: { type: 'range', response },
  };
}

const table: readonly (readonly [name: string, fault: RegExp | undefined, history: KvHistory])[] = [
  ['a put and its reader', undefined, [put(0, 1, 'x', 2), get(2, 3, 2, ['x', 2, 1])]],
  ['a read from the past', /goes back in time/, [put(0, 1, 'x', 2), get(2, 3, 1)]],
  ['a serializable read from the past', undefined, [put(0, 1, 'x', 2), get(2, 3, 1, undefined, true)]],
  ['a serializable read of what never was', /must be answered/, [put(0, 1, 'x', 2), get(2, 3, 2, undefined, true)]],
  ['a read that misses its own revision', /must be answered "a=x\(/, [put(0, 1, 'x', 2), get(2, 3, 2)]],
  [
    'a read that knows nothing of a write',
    /knows nothing of "put a=y"/,
    [put(0, 1, 'x', 2), put(2, 3, 'y', 3), get(4, 5, 3, ['x', 2, 1])],
  ],
  ['a version counted twice', /must be answered/, [put(0, 1, 'x', 2), get(2, 3, 2, ['x', 2, 2])]],
  ['a revision given twice', /claim one revision/, [put(0, 5, 'x', 2), put(1, 4, 'y', 2)]],
  ['a write that goes back', /goes back in time/, [put(0, 1, 'x', 3), put(2, 3, 'y', 2)]],
  ['a revision that nobody made', /made by nobody/, [put(0, 1, 'x', 3)]],
  ['a revision before the store', /older than the store/, [get(0, 1, 0)]],
  ['an open write that fills a gap', undefined, [openPut(0, 'x'), put(1, 2, 'y', 3), get(3, 4, 3, ['y', 3, 2])]],
  [
    'an open write called too late for its gap',
    /No operation can have made revision 2/,
    [put(1, 2, 'y', 3), openPut(5, 'x')],
  ],
  [
    'open writes told apart by what is read',
    undefined,
    [openPut(0, 'x'), openPut(0, 'y'), get(5, 6, 3, ['x', 3, 2]), get(1, 2, 2, ['y', 2, 1])],
  ],
  [
    'an open write applied twice',
    /No operation can have made revision 3/,
    [openPut(0, 'x'), openPut(9, 'y'), get(5, 6, 3, ['x', 3, 2]), get(1, 2, 2, ['x', 2, 1])],
  ],
];

describe('checkRevisionOrder', () => {
  it.each(table)('%s', (_name, fault, history) => {
    const result = checkRevisionOrder({ history, limit });
    if (fault) expect(result).toMatchObject({ verdict: 'violation', reason: expect.stringMatching(fault) });
    else expect(result).toMatchObject({ verdict: 'ok' });
  });

  it('takes back guesses that fail later', () => {
    // Nothing shows which of the open puts made which revision but the version of the last; all orders are tried.
    const input = (value: string, guard: number) => ({
      type: 'txn' as const,
      request: {
        ...putInput(value).request,
        compare: [{ key, target: 'mod', result: 'equal', value: guard } as const],
      },
    });
    const open = (value: string, guard: number): KvOperation => ({
      client: 2,
      calledAt: 0,
      returnedAt: 'unknown',
      input: input(value, guard),
    });
    const history = [openPut(0, 'p'), open('q', 2), open('r', 3), openPut(0, 's'), get(5, 6, 5, ['p', 5, 4])];
    expect(checkRevisionOrder({ history, limit })).toMatchObject({ verdict: 'ok' });
  });

  it('draws what it placed and what does not fit', () => {
    const result = checkRevisionOrder({ history: [put(0, 1, 'x', 2), get(2, 3, 2)], limit });
    expect(result.verdict === 'violation' && result.timeline).toMatch(/stuck {2}3 .*\[2, 3\] range a -> nothing @2/);
  });

  it('lets reads name an old revision', () => {
    const now = get(4, 5, 3, ['x', 2, 1]);
    const past = { ...now, input: { type: 'range', request: { key, revision: 2 } } } as KvOperation;
    expect(checkRevisionOrder({ history: [put(0, 1, 'x', 2), put(2, 3, 'y', 3), past], limit }).verdict).toBe('ok');
  });

  it('starts from what a store held', () => {
    const kv = { key, value: utf8('old'), createRevision: 2, modRevision: 8, version: 3, lease: 0n };
    const history = [get(0, 1, 9, ['old', 8, 3]), put(2, 3, 'x', 10), get(4, 5, 10, ['x', 10, 4])];
    expect(checkRevisionOrder({ history, limit, start: { revision: 9, kvs: [kv] } }).verdict).toBe('ok');
  });

  it('gives up at its limit', () => {
    expect(checkRevisionOrder({ history: [put(0, 1, 'x', 2)], limit: { steps: 0 } }).verdict).toBe('unknown');
  });
});
