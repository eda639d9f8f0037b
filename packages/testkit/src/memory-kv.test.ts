import { fromUtf8, utf8 } from '@trireme/base';
import type { WatchResponse } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import { createMemoryKv } from './memory-kv.ts';
import { createVirtualTime } from './virtual-time.ts';

const put = (key: string, value: string, lease = 0n) =>
  ({ type: 'put', request: { key: utf8(key), value: utf8(value), lease } }) as const;

describe('memory kv', () => {
  it('gives every change the next revision', async () => {
    const kv = createMemoryKv({ time: createVirtualTime() });
    expect((await kv.status()).header.revision).toBe(1);
    const { header } = await kv.txn({ success: [put('a', '1'), put('b', '2')] });
    expect(header.revision).toBe(2);
    const { kvs, count } = await kv.range({ key: utf8('a'), rangeEnd: utf8('z') });
    expect(kvs.map((entry) => [fromUtf8(entry.key), entry.modRevision, entry.version])).toEqual([
      ['a', 2, 1],
      ['b', 2, 1],
    ]);
    expect(count).toBe(2);
  });

  it('holds nothing for a slow watcher, and replays from history', async () => {
    const kv = createMemoryKv({ time: createVirtualTime() });
    const stream = kv.watch({ key: utf8('a') });
    for (let i = 0; i < 3; i++) await kv.txn({ success: [put('a', `${i}`)] });
    const seen: WatchResponse[] = [];
    for await (const response of stream) {
      seen.push(response);
      if (seen.length === 4) break;
    }
    expect(seen.map((response) => (response.type === 'events' ? response.revision : response.type))).toEqual([
      'created',
      2,
      3,
      4,
    ]);
  });

  it('deletes the keys of a lease that ran out', async () => {
    const time = createVirtualTime();
    const kv = createMemoryKv({ time });
    const { id } = await kv.leaseGrant({ ttlSeconds: 10 });
    await kv.txn({ success: [put('a', '1', id), put('b', '1', id)] });
    await time.advance(9_999);
    expect((await kv.range({ key: utf8('a') })).count).toBe(1);
    await time.advance(1);
    expect((await kv.range({ key: utf8('a') })).header.revision).toBe(3);
    expect((await kv.range({ key: utf8('a') })).count).toBe(0);
    expect(time.pending).toBe(0);
  });
});
