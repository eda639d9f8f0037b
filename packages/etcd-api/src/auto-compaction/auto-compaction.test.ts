import { utf8 } from '@trireme/base';
import { silentLogger } from '@trireme/ports';
import { createMemoryKv, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { type AutoCompaction, durationMs, parseAutoCompaction } from './policy.ts';
import { runAutoCompaction } from './run-auto-compaction.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

describe('the flags', () => {
  it.each([
    ['periodic', '0', undefined],
    ['periodic', '2', { mode: 'periodic', retentionMs: 2 * hourMs }],
    ['periodic', '1h30m', { mode: 'periodic', retentionMs: 1.5 * hourMs }],
    ['periodic', '500ms', { mode: 'periodic', retentionMs: 500 }],
    ['revision', '0', undefined],
    ['revision', '1000', { mode: 'revision', retention: 1000 }],
  ])('--auto-compaction-mode %s --auto-compaction-retention %s', (mode, retention, expected) => {
    expect(parseAutoCompaction(mode, retention)).toEqual(expected);
  });

  it.each([
    ['periodic', 'soon'],
    ['revision', '1h'],
    ['sometimes', '1'],
  ])('refuse %s %s', (mode, retention) => {
    expect(() => parseAutoCompaction(mode, retention)).toThrow(/read --auto-compaction/);
  });

  it('reads durations as Go writes them', () => {
    expect(['10m0s', '1.5h', '2s', '', '5', '5 m'].map(durationMs)).toEqual([
      600_000,
      5_400_000,
      2_000,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('compaction by itself', () => {
  /** One write a minute; returns the compact revision at each look. */
  async function run(options: AutoCompaction, minutes: readonly number[], leads = (_minute: number) => true) {
    const time = createVirtualTime();
    const kv = createMemoryKv({ time });
    const stopping = new AbortController();
    let minute = 0;
    void runAutoCompaction({ kv, leads: () => leads(minute), time, logger: silentLogger }, options, stopping.signal);
    const seen: number[] = [];
    const last = minutes.at(-1) ?? 0;
    while (minute < last) {
      await kv.txn({ success: [{ type: 'put', request: { key: utf8('a'), value: utf8('1') } }] });
      await time.advance(minuteMs);
      minute += 1;
      if (minutes.includes(minute)) seen.push((await kv.status()).compactRevision);
    }
    stopping.abort();
    kv.close();
    return seen;
  }

  // At minute m the revision is 1 + m. Notes are made at each tenth of the interval, and the oldest is compacted to.
  it.each([
    ['ten minutes: every ten', 10, [9, 10, 19, 20, 30], [0, 1, 1, 10, 20]],
    ['an hour: every hour', 60, [59, 60, 119, 120], [0, 1, 1, 55]],
    ['two hours: after two, then every hour', 120, [119, 120, 179, 180], [0, 1, 1, 55]],
  ])('keeps %s', async (_, retention, minutes, expected) => {
    expect(await run({ mode: 'periodic', retentionMs: retention * minuteMs }, minutes)).toEqual(expected);
  });

  it('keeps so many revisions', async () => {
    expect(await run({ mode: 'revision', retention: 3 }, [4, 6, 11])).toEqual([0, 3, 8]);
  });

  it('leaves it to the member that leads, and knows the past when it comes to lead', async () => {
    const options = { mode: 'periodic', retentionMs: 10 * minuteMs } as const;
    const [before, after] = await run(options, [30, 32], (minute) => minute >= 30);
    expect(before).toBe(0);
    expect(after).toBeGreaterThan(18);
  });
});
