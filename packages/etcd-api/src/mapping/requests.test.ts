import { utf8 } from '@trireme/base';
import type { Compare, RangeRequest, TxnRequest } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import { compareFromMessage, compareToMessage } from './compare.ts';
import type { CompareMessage, RangeRequestMessage } from './messages.ts';
import { rangeFromMessage, rangeToMessage } from './range.ts';
import { txnFromMessage, txnResponseFromMessage, txnResponseToMessage, txnToMessage } from './txn.ts';
import { deleteRangeFromMessage, putFromMessage } from './writes.ts';

const key = utf8('a');
const header = { clusterId: 2n ** 63n + 1n, memberId: 7n, revision: 9, raftTerm: 3 };
const entry = { key, value: utf8('v'), createRevision: 4, modRevision: 9, version: 2, lease: 0n };

describe('ranges', () => {
  const cases: readonly (readonly [string, RangeRequestMessage, Partial<RangeRequest>])[] = [
    ['a key', { key }, { key }],
    ['an empty end', { key, rangeEnd: utf8('') }, { key }],
    ['an end', { key, rangeEnd: utf8('b') }, { key, rangeEnd: utf8('b') }],
    ['every key from one on', { key, rangeEnd: new Uint8Array([0]) }, { key, rangeEnd: new Uint8Array([0]) }],
    ['a limit and a revision', { key, limit: 5, revision: 7 }, { key, limit: 5, revision: 7 }],
    ['a revision below zero', { key, revision: -3, limit: -1 }, { key }],
    [
      'flags',
      { key, serializable: true, keysOnly: true, countOnly: true },
      { key, serializable: true, keysOnly: true, countOnly: true },
    ],
    ['bounds of change', { key, minModRevision: 1, maxModRevision: 2 }, { key, minModRevision: 1, maxModRevision: 2 }],
    [
      'bounds of creation',
      { key, minCreateRevision: 3, maxCreateRevision: 4 },
      { key, minCreateRevision: 3, maxCreateRevision: 4 },
    ],
    ['no order', { key, sortOrder: 0, sortTarget: 0 }, { key }],
    ['keys upwards, as they are', { key, sortOrder: 1, sortTarget: 0 }, { key }],
    ['keys downwards', { key, sortOrder: 2, sortTarget: 0 }, { key, sort: { by: 'key', descending: true } }],
    ['another target without an order', { key, sortOrder: 0, sortTarget: 3 }, { key, sort: { by: 'mod' } }],
    ['versions', { key, sortOrder: 1, sortTarget: 1 }, { key, sort: { by: 'version' } }],
    ['creation', { key, sortOrder: 2, sortTarget: 2 }, { key, sort: { by: 'create', descending: true } }],
    ['values', { key, sortOrder: 1, sortTarget: 4 }, { key, sort: { by: 'value' } }],
  ];
  const flags = { serializable: false, keysOnly: false, countOnly: false };
  it.each(cases)('%s', (_, message, expected) => {
    const request = rangeFromMessage(message);
    expect(request).toEqual({ ...flags, ...expected });
    expect(rangeFromMessage(rangeToMessage(request))).toEqual(request);
  });

  it.each([[{ key, sortTarget: 5 }], [{ key, sortOrder: 3 }], [{ key, sortOrder: -1 }]])(
    'refuses the order %j',
    (message) => {
      expect(() => rangeFromMessage(message)).toThrow(expect.objectContaining({ code: 'invalid-sort' }));
    },
  );
});

describe('comparisons', () => {
  const cases: readonly (readonly [CompareMessage, Compare])[] = [
    [
      { key, version: 1 },
      { key, target: 'version', result: 'equal', value: 1 },
    ],
    [
      { key, target: 1, result: 1, createRevision: 2 },
      { key, target: 'create', result: 'greater', value: 2 },
    ],
    [
      { key, target: 2, result: 2, modRevision: 3 },
      { key, target: 'mod', result: 'less', value: 3 },
    ],
    [
      { key, target: 3, result: 3, value: utf8('v') },
      { key, target: 'value', result: 'not-equal', value: utf8('v') },
    ],
    [
      { key, target: 4, lease: 5 },
      { key, target: 'lease', result: 'equal', value: 5n },
    ],
    [
      { key, rangeEnd: utf8('b'), target: 2, modRevision: 0 },
      { key, rangeEnd: utf8('b'), target: 'mod', result: 'equal', value: 0 },
    ],
  ];
  it.each(cases)('%j', (message, compare) => {
    expect(compareFromMessage(message)).toEqual(compare);
    expect(compareFromMessage(compareToMessage(compare))).toEqual(compare);
  });

  it('refuses what it does not know', () => {
    expect(() => compareFromMessage({ key, target: 9 })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('transactions', () => {
  const put = { key, value: utf8('v'), lease: 2n ** 62n, prevKv: true, ignoreValue: false, ignoreLease: false };
  const inner: TxnRequest = {
    compare: [],
    success: [{ type: 'delete-range', request: { key, rangeEnd: utf8('z'), prevKv: true } }],
    failure: [],
  };
  const request: TxnRequest = {
    compare: [{ key, target: 'mod', result: 'equal', value: 3 }],
    success: [{ type: 'put', request: put }],
    failure: [{ type: 'txn', request: inner }],
  };

  it('survive both ways', () => {
    expect(txnFromMessage(txnToMessage(request))).toEqual(request);
    const responses = [
      { type: 'put', response: { prevKv: entry } },
      { type: 'range', response: { header, kvs: [entry], more: true, count: 4 } },
      { type: 'delete-range', response: { deleted: 1, prevKvs: [{ ...entry, lease: -2n }] } },
      { type: 'txn', response: { header, succeeded: false, responses: [] } },
    ] as const;
    const response = { header, succeeded: true, responses };
    expect(txnResponseFromMessage(txnResponseToMessage(response))).toEqual(response);
  });

  it('own the bytes that they store', () => {
    const value = utf8('v');
    const stored = putFromMessage({ key, value });
    value.fill(0);
    expect(stored.value).toEqual(utf8('v'));
    expect(deleteRangeFromMessage({ key })).toEqual({ key, prevKv: false });
  });

  it('refuse an operation that is none, and nesting without end', () => {
    expect(() => txnFromMessage({ success: [{}] })).toThrow(/key not found/);
    let nested = {};
    for (let i = 0; i < 100; i++) nested = { success: [{ requestTxn: nested }] };
    expect(() => txnFromMessage(nested)).toThrow(/nested/);
  });
});
