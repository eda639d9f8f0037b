import type { Kv, PutRequest, RangeRequest } from '@trireme/ports';
import type { Member } from '@trireme/store';
import { keyOf, valueBytes } from '../load/etcd-requests.ts';
import { Histogram } from '../load/histogram.ts';
import type { JobResult } from '../load/jobs.ts';
import { createNumbers } from '../load/numbers.ts';
import { type Counts, measureWindow, type WatchedProcesses, type WindowTimes } from '../load/window.ts';
import type { KvWork } from './kv-works.ts';

/** What a member's process is asked to do with its own `Kv`. */
export type MemberJob = {
  readonly work: KvWork;
  readonly clients: number;
  readonly keys: number;
} & WindowTimes &
  WatchedProcesses;

/** Load with no wire in between: closed loops over `Kv` inside the member's process, which therefore pays for them too. */
export async function driveMember({ kv }: Pick<Member, 'kv'>, job: MemberJob): Promise<JobResult> {
  const counts = { latency: new Histogram(), errors: 0, counting: false } satisfies Counts;
  const numbers = createNumbers(0x5eed + job.clients);
  let running = true;
  const value = numbers.bytes(valueBytes);
  let failure: unknown;
  const nextTurn = createTurns();
  const client = async (): Promise<void> => {
    while (running) {
      await nextTurn();
      const key = Buffer.from(keyOf(numbers.below(job.keys)));
      const startMs = performance.now();
      await once(kv, job.work === 'mixed-90-10' ? (numbers.below(10) === 0 ? 'put' : 'get') : job.work, key, value);
      if (counts.counting) counts.latency.record(performance.now() - startMs);
    }
  };
  const clients = Array.from({ length: job.clients }, () =>
    client().catch((error: unknown) => {
      failure ??= error;
    }),
  );
  const measurement = await measureWindow(job, job, counts);
  running = false;
  await Promise.all(clients);
  if (failure !== undefined) throw failure;
  return { measurement };
}

/**
 * Lets each client ask once in a turn of the event loop, as requests come that come from sockets. Answers that are there at
 * once would otherwise leave no turn to anything else, the member's own heartbeats included.
 */
function createTurns(): () => Promise<void> {
  let turn: Promise<void> | undefined;
  return () => {
    turn ??= new Promise((resolve) => {
      setImmediate(() => {
        turn = undefined;
        resolve();
      });
    });
    return turn;
  };
}

async function once(kv: Kv, work: Exclude<KvWork, 'mixed-90-10'>, key: Uint8Array, value: Uint8Array): Promise<void> {
  if (work === 'put') {
    await kv.txn({ success: [{ type: 'put', request: { key, value } satisfies PutRequest }] });
    return;
  }
  const request: RangeRequest = { key, serializable: work === 'get-serializable' };
  const { kvs } = await kv.range(request);
  if (kvs.length !== 1 || kvs[0]?.value.length !== valueBytes)
    throw new Error('a read got something else than one value');
}
