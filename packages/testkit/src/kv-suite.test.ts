import { kvSuite } from './kv-suite.ts';
import { createMemoryKv } from './memory-kv.ts';
import { createVirtualTime } from './virtual-time.ts';

kvSuite('memory', async () => {
  const time = createVirtualTime();
  const kv = createMemoryKv({ time });
  return { kv, advance: (durationMs) => time.advance(durationMs), close: async () => kv.close() };
});
