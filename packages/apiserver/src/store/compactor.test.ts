import { utf8 } from '@trireme/base';
import { silentLogger } from '@trireme/ports';
import { createMemoryKv, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { keepCompacting } from './compactor.ts';

describe('compaction', () => {
  it('forgets what is an interval old, once per round however many members run it', async () => {
    const time = createVirtualTime();
    const kv = createMemoryKv({ time });
    const compacted: number[] = [];
    const counting = {
      ...kv,
      compact: async (revision: number) => {
        compacted.push(revision);
        await kv.compact(revision);
      },
    };
    const stopping = new AbortController();
    const put = async (): Promise<void> => {
      await kv.txn({ success: [{ type: 'put', request: { key: utf8('k'), value: utf8('v') } }] });
    };
    for (let i = 0; i < 3; i++) {
      void keepCompacting({ kv: counting, time, logger: silentLogger, signal: stopping.signal }, 1000);
    }
    for (let i = 0; i < 5; i++) {
      await time.advance(1000);
      await put();
    }
    stopping.abort();
    await time.settle();
    expect(compacted.length).toBeGreaterThanOrEqual(3);
    expect(new Set(compacted).size).toBe(compacted.length);
    const { header, compactRevision } = await kv.status();
    expect(compactRevision).toBeLessThan(header.revision);
    expect(compactRevision).toBeGreaterThan(1);
  });
});
