import { utf8 } from '@trireme/base';
import { type Kv, KvError } from '@trireme/ports';
import { createMemoryKv, createSeededRandom, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { checkRevisionOrder } from './check-revision-order.ts';
import { generateHistory } from './generate-history.ts';
import { isKnown } from './history.ts';
import type { KvInput } from './kv-history.ts';
import { createKvRecorder } from './record-kv.ts';

const limit = { steps: 1_000_000 };

function run(kv: Kv, input: KvInput): Promise<unknown> {
  if (input.type === 'lease-end')
    return kv.leaseRevoke(input.lease).then(() => kv.leaseGrant({ ttlSeconds: 5, id: input.lease }));
  return input.type === 'range' ? kv.range(input.request) : kv.txn(input.request);
}

/** What a generated history asks, asked of a real store by several clients at a time. */
async function record(seed: number, wrap: (kv: Kv) => Kv = (kv) => kv) {
  const time = createVirtualTime();
  const random = createSeededRandom(seed);
  let events = 0;
  const recorder = createKvRecorder(() => events++);
  const memory = wrap(createMemoryKv({ time }));
  const clients = [1, 2, 3].map((client) => recorder.record(memory, client));
  for (const id of [7n, 8n]) await random.pick(clients).leaseGrant({ ttlSeconds: 5, id });
  const asked = generateHistory(random, { clients: 3, operations: 200, keys: 4, wideShare: 0.4, openShare: 0.1 });
  let running: Promise<unknown>[] = [];
  for (const { input } of asked) {
    running.push(run(random.pick(clients), input).catch(() => undefined));
    if (random.chance(0.5)) continue;
    await Promise.all(running);
    running = [];
    if (random.chance(0.1)) await time.advance(3_000);
  }
  await Promise.all(running);
  return recorder.history();
}

describe('createKvRecorder', () => {
  it('writes down what the memory store did, which is what the contract says, leases that expire included', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const history = await record(seed);
      expect(history.filter(isKnown).length).toBeGreaterThan(100);
      expect(checkRevisionOrder({ history, limit })).toMatchObject({ verdict: 'ok' });
    }
  });

  it('writes down enough to find a store that answers reads from the past', async () => {
    const lagging = (kv: Kv): Kv => {
      let newest = 1;
      return {
        ...kv,
        txn: async (request) => {
          const response = await kv.txn(request);
          newest = response.header.revision;
          return response;
        },
        range: (request) => kv.range({ ...request, revision: Math.max(1, newest - 3) }),
      };
    };
    const history = await record(1, lagging);
    const result = checkRevisionOrder({ history, limit });
    expect(result).toMatchObject({
      verdict: 'violation',
      reason: expect.stringMatching(/must be answered|knows nothing of/),
    });
  });

  it.each([
    ['unavailable', 'txn', 1],
    ['cancelled', 'txn', 1],
    ['lease-not-found', 'txn', 0],
    ['unavailable', 'range', 0],
  ] as const)('after %s, a %s leaves %d open operations', async (code, type, open) => {
    const recorder = createKvRecorder(() => 0);
    const fail = () => Promise.reject(new KvError(code, 'Refused by the test.'));
    const kv = recorder.record({ ...createMemoryKv({ time: createVirtualTime() }), txn: fail, range: fail }, 1);
    const key = utf8('a');
    await expect(type === 'txn' ? kv.txn({ success: [] }) : kv.range({ key })).rejects.toThrow(KvError);
    expect(recorder.history()).toHaveLength(open);
  });
});
