import { utf8 } from '@trireme/base';
import type { WatchResponse } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import type { WatchCreateMessage } from './messages.ts';
import { eventFromMessage, fragmentsOf, watchFromMessage, watchResponseToMessage, watchToMessage } from './watch.ts';

const key = utf8('a');
const header = { clusterId: 1n, memberId: 2n, revision: 50, raftTerm: 3 };
const entry = { key, value: utf8('v'), createRevision: 4, modRevision: 9, version: 2, lease: 5n };

describe('watch requests', () => {
  const none = { prevKv: false, progressNotify: false, filters: [] };
  const cases: readonly (readonly [string, WatchCreateMessage, object | string])[] = [
    ['a key', { key }, { key }],
    [
      'the empty key is the smallest',
      { rangeEnd: new Uint8Array([0]) },
      { key: new Uint8Array([0]), rangeEnd: new Uint8Array([0]) },
    ],
    ['filters', { key, filters: [0, 1] }, { key, filters: ['no-put', 'no-delete'] }],
    [
      'a start',
      { key, startRevision: 7, prevKv: true, progressNotify: true },
      { key, startRevision: 7, prevKv: true, progressNotify: true },
    ],
    ['a start below zero', { key, startRevision: -7 }, { key }],
    ['an empty range', { key: utf8('b'), rangeEnd: utf8('a') }, 'mvcc: watcher range is empty'],
    ['a range of nothing', { key, rangeEnd: key }, 'mvcc: watcher range is empty'],
  ];
  it.each(cases)('%s', (_, message, expected) => {
    const request = watchFromMessage(message);
    if (typeof expected === 'string' || typeof request === 'string') expect(request).toBe(expected);
    else {
      expect(request).toEqual({ ...none, ...expected });
      expect(watchFromMessage(watchToMessage(request))).toEqual(request);
    }
  });
});

describe('watch responses', () => {
  const sent = { clusterId: 1, memberId: 2, raftTerm: 3 };
  const cases: readonly (readonly [WatchResponse, object])[] = [
    [
      { type: 'created', revision: 8 },
      { header: { ...sent, revision: 8 }, watchId: 4, created: true },
    ],
    [
      { type: 'progress', revision: 8 },
      { header: { ...sent, revision: 8 }, watchId: 4 },
    ],
    [
      { type: 'compacted', compactRevision: 8 },
      { header: { ...sent, revision: 50 }, watchId: 4, canceled: true, compactRevision: 8 },
    ],
  ];
  it.each(cases)('%j', (response, message) => {
    expect(watchResponseToMessage(response, header, 4)).toEqual(message);
  });

  it('carries events, and of a deletion only its key and revision', () => {
    const gone = { ...entry, value: utf8(''), createRevision: 0, version: 0, lease: 0n };
    const events = [
      { type: 'put', kv: entry, prevKv: { ...entry, version: 1 } },
      { type: 'delete', kv: gone },
    ] as const;
    const message = watchResponseToMessage({ type: 'events', revision: 9, events }, header, 0);
    expect(message.events?.[1]).toEqual({ type: 1, kv: { key, modRevision: 9 } });
    expect(message.events?.map(eventFromMessage)).toEqual(events);
  });

  it('is split between events when it is too large, and marked but for the last part', () => {
    const events = Array.from({ length: 5 }, () => ({ type: 0, kv: { key, value: new Uint8Array(1000) } }));
    const parts = fragmentsOf({ watchId: 1, events }, 2500);
    expect(parts.map((part) => [part.events?.length, part.fragment])).toEqual([
      [2, true],
      [2, true],
      [1, false],
    ]);
    expect(fragmentsOf({ watchId: 1, events }, 1_000_000)).toEqual([{ watchId: 1, events }]);
    // One event is never split, however large.
    expect(fragmentsOf({ events: events.slice(0, 1) }, 10)).toHaveLength(1);
  });
});
