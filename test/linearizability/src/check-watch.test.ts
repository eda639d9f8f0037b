import { utf8 } from '@trireme/base';
import type { KeyValue, KvEvent, WatchRequest, WatchResponse } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import { checkWatch, type WatchRecord } from './check-watch.ts';

const kvOf = (key: string, modRevision: number, version = 1): KeyValue => ({
  key: utf8(key),
  value: utf8(version === 0 ? '' : `${key}@${modRevision}`),
  createRevision: version === 0 ? 0 : modRevision,
  modRevision,
  version,
  lease: 0n,
});
const put = (key: string, revision: number, prevKv?: KeyValue): KvEvent => ({
  type: 'put',
  kv: kvOf(key, revision),
  prevKv,
});
const remove = (key: string, revision: number, prevKv?: KeyValue): KvEvent => ({
  type: 'delete',
  kv: kvOf(key, revision, 0),
  prevKv,
});

/** What happened: at 5 nothing that this watch wants, at 6 two keys at once. */
const happened: ReadonlyMap<number, readonly KvEvent[]> = new Map([
  [2, [put('a1', 2)]],
  [3, [put('a2', 3)]],
  [4, [remove('a1', 4, kvOf('a1', 2))]],
  [5, [put('b', 5)]],
  [6, [put('a1', 6), put('a3', 6)]],
  [7, [put('a2', 7, kvOf('a2', 3))]],
]);

const request: WatchRequest = { key: utf8('a'), rangeEnd: utf8('b'), startRevision: 2 };
const created: WatchResponse = { type: 'created', revision: 1 };
const events = (...list: KvEvent[]): WatchResponse => ({
  type: 'events',
  revision: list.at(-1)?.kv.modRevision ?? 0,
  events: list,
});
const at = (revision: number): KvEvent[] =>
  (happened.get(revision) ?? []).map(({ type, kv }): KvEvent => ({ type, kv }));
const whole = [created, events(...at(2), ...at(3)), events(...at(4)), events(...at(6), ...at(7))];

const verdictOf = (responses: readonly WatchResponse[], more: Partial<WatchRecord> = {}, toldThrough?: number) =>
  checkWatch({
    watch: { request, responses, ended: false, ...more },
    changeAt: (revision) => happened.get(revision),
    compactedAtMost: 4,
    toldThrough,
  });

describe('checkWatch', () => {
  it.each<[name: string, responses: WatchResponse[], more?: Partial<WatchRecord>]>([
    ['all that happened, in order', whole],
    ['one response per revision', [created, ...[2, 3, 4, 6, 7].map((revision) => events(...at(revision)))]],
    ['progress after everything before it', [...whole, { type: 'progress', revision: 7 }]],
    ['progress in a quiet time', [...whole.slice(0, 3), { type: 'progress', revision: 5 }, ...whole.slice(3)]],
    [
      'compacted, where the next revision is gone',
      [created, events(...at(2)), { type: 'compacted', compactRevision: 4 }],
      { ended: true },
    ],
    [
      'only puts, as asked',
      [created, events(...at(2)), events(...at(3)), events(...at(6))],
      { request: { ...request, filters: ['no-delete'] } },
    ],
    [
      'what was before, as asked',
      [created, events(...at(2), ...at(3)), events(remove('a1', 4, kvOf('a1', 2)))],
      { request: { ...request, prevKv: true } },
    ],
    [
      'nothing of what was before a compacted change',
      [created, events(...at(2), ...at(3)), events(...at(4))],
      { request: { ...request, prevKv: true } },
    ],
    [
      'from now on',
      [{ type: 'created', revision: 5 }, events(...at(6))],
      { request: { ...request, startRevision: 0 } },
    ],
  ])('takes %s', (_name, responses, more) => {
    expect(verdictOf(responses, more)).toMatchObject({ verdict: 'ok' });
  });

  it.each<[name: string, responses: WatchResponse[], more?: Partial<WatchRecord>, toldThrough?: number]>([
    ['an event twice', [created, events(...at(2)), events(...at(2))]],
    ['a revision left out', [created, events(...at(2)), events(...at(4))]],
    ['the first revision left out', [created, events(...at(3))]],
    ['an event of a revision left out', [created, events(...at(2), ...at(3)), events(...at(4)), events(put('a1', 6))]],
    [
      'a revision in two responses',
      [created, events(...at(2), ...at(3)), events(...at(4)), events(put('a1', 6)), events(put('a3', 6))],
    ],
    ['revisions out of order', [created, events(...at(3)), events(...at(2))]],
    ['a wrong value', [created, events({ type: 'put', kv: { ...kvOf('a1', 2), value: utf8('other') } })]],
    ['a put told as a deletion', [created, events({ type: 'delete', kv: kvOf('a1', 2) })]],
    ['what was not asked for', [...whole.slice(0, 3), events(put('b', 5))]],
    ['a deletion that was filtered out', whole, { request: { ...request, filters: ['no-delete'] } }],
    ['progress before its events', [created, { type: 'progress', revision: 3 }, events(...at(2), ...at(3))]],
    ['an event after the progress that covers it', [created, events(...at(2)), { type: 'progress', revision: 3 }]],
    ['a prevKv that nobody asked for', [created, events(...at(2), ...at(3)), events(remove('a1', 4, kvOf('a1', 2)))]],
    ['a missing prevKv', whole, { request: { ...request, prevKv: true } }],
    [
      'a wrong prevKv',
      [created, events(...at(2), ...at(3)), events(remove('a1', 4, kvOf('a1', 3)))],
      { request: { ...request, prevKv: true } },
    ],
    ['compacted, which nobody asked for', [created, { type: 'compacted', compactRevision: 6 }], { ended: true }],
    [
      'compacted, after what is said to be gone',
      [...whole, { type: 'compacted', compactRevision: 4 }],
      { ended: true },
    ],
    ['an end without a word', whole, { ended: true }],
    [
      'something after the end',
      [created, { type: 'compacted', compactRevision: 4 }, events(...at(6))],
      { ended: true },
    ],
    ['no created at first', whole.slice(1)],
    ['a response without events', [created, events()]],
    ['a revision that is not that of its last event', [created, { type: 'events', revision: 9, events: at(2) }]],
    ['silence where there was time to tell', whole.slice(0, 3), {}, 7],
  ])('objects to %s', (_name, responses, more, toldThrough) => {
    expect(verdictOf(responses, more, toldThrough)).toMatchObject({ verdict: 'violation' });
  });
});
