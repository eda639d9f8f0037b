import { utf8 } from '@trireme/base';
import { createKvRecorder, type KvHistory, type KvOperation } from '@trireme/linearizability';
import type { Kv, KvEvent, WatchResponse } from '@trireme/ports';
import { createMemoryKv, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { anyOperation, singles } from '../load/operations.ts';
import { createTruth, type Truth } from '../load/truth.ts';
import { everything } from '../load/watcher.ts';
import { judgeHistory } from './judge-history.ts';
import { judgeWatchers } from './judge-members.ts';

// The judges see what is planted here: a run of faults that finds nothing has looked.
const prefix = 'p';

interface Seen {
  readonly history: KvHistory;
  readonly events: readonly KvEvent[];
  readonly revision: number;
}

async function workload(): Promise<Seen> {
  const kv: Kv = createMemoryKv({ time: createVirtualTime() });
  let clock = 0;
  const recorder = createKvRecorder(() => ++clock);
  const clients = [1, 2, 3].map(async (client) => {
    const recorded = recorder.record(kv, client);
    let written = 0;
    const nextValue = () => utf8(`${client}.${++written}`);
    for (let i = 0; i < 200; i++) await anyOperation()({ kv: recorded, options: {}, prefix, nextValue });
  });
  await Promise.all(clients);
  const { revision } = (await kv.range({ key: everything.key })).header;
  const events: KvEvent[] = [];
  for await (const response of kv.watch({ ...everything, startRevision: 2, prevKv: true })) {
    if (response.type === 'events') events.push(...response.events);
    if (response.type === 'events' && response.revision >= revision) break;
  }
  return { history: recorder.history(), events, revision };
}

function truthOf(...tellings: readonly (readonly KvEvent[])[]): { readonly truth: Truth; readonly problems: string[] } {
  const problems: string[] = [];
  const truth = createTruth((problem) => problems.push(problem));
  for (const [i, events] of tellings.entries()) truth.tell(`m${i + 1}`, events);
  return { truth, problems };
}

const judge = (history: KvHistory, truth: Truth) => judgeHistory({ history, truth, singles: singles(prefix) });

function change(history: KvHistory, which: (operation: KvOperation) => KvOperation | undefined): KvHistory {
  let done = false;
  const changed = history.map((operation) => {
    const other = done ? undefined : which(operation);
    done ||= other !== undefined;
    return other ?? operation;
  });
  expect(done).toBe(true);
  return changed;
}

describe('the judges', () => {
  it('find nothing where nothing is wrong', async () => {
    const { history, events } = await workload();
    const { truth, problems } = truthOf(events, events);
    expect([...problems, ...judge(history, truth)]).toEqual([]);
  });

  it('find a read of the past', async () => {
    const { history, events } = await workload();
    const reads = history.filter(
      ({ input }) => input.type === 'range' && !input.request.rangeEnd && !input.request.serializable,
    );
    const early = reads.find((read) => 'output' in read && read.output.type === 'range' && read.output.response.count);
    const key = early?.input.type === 'range' ? early.input.request.key : new Uint8Array(0);
    // The last read of that key is answered as the first one was.
    const stale = reads.findLast(
      ({ input }) =>
        input.type === 'range' && new TextDecoder().decode(input.request.key) === new TextDecoder().decode(key),
    );
    const answered = change(history, (operation) =>
      operation === stale && early && 'output' in early && 'output' in operation
        ? { ...operation, output: early.output }
        : undefined,
    );
    expect(judge(answered, truthOf(events).truth).join('\n')).toMatch(/not linearizable/);
  });

  it('find an acknowledged write that nobody was told of', async () => {
    const { history, events } = await workload();
    const lost = events.find(({ type, kv }) => type === 'put' && kv.version === 1);
    const { truth } = truthOf(events.filter((event) => event !== lost));
    expect(judge(history, truth).join('\n')).toMatch(/was acknowledged at \d+, and is not there/);
  });

  it('find members that tell different things, and a write that came twice', async () => {
    const { events } = await workload();
    const other = events.map((event, i) => (i === 20 ? { ...event, kv: { ...event.kv, version: 99 } } : event));
    expect(truthOf(events, other).problems.join('\n')).toMatch(/on m1 and .* on m2/);
    const put = events.find(({ type }) => type === 'put') as KvEvent;
    const again = { ...put, kv: { ...put.kv, modRevision: 100_000 } };
    expect(truthOf([...events, again]).problems.join('\n')).toMatch(/was applied twice/);
  });

  it('find an event that a watch left out', async () => {
    const { events, revision } = await workload();
    const { truth } = truthOf(events);
    const watcher = (told: readonly KvEvent[]) => {
      const responses: WatchResponse[] = [
        { type: 'created', revision: 1 },
        ...told.map((event) => ({ type: 'events', revision: event.kv.modRevision, events: [event] }) as const),
      ];
      const common = { name: 'm1', toldThrough: revision, failure: undefined, ended: false };
      const idle = { askProgress: () => undefined, stop: () => undefined };
      return { ...common, ...idle, request: { ...everything, startRevision: 1, prevKv: true }, responses };
    };
    const single = events.filter(
      ({ kv }, i) =>
        kv.modRevision !== events[i - 1]?.kv.modRevision && kv.modRevision !== events[i + 1]?.kv.modRevision,
    );
    const dropped = single[Math.floor(single.length / 2)];
    const gap = await judgeWatchers([watcher(events.filter((event) => event !== dropped))], revision, truth);
    expect(gap.join('\n')).toMatch(/left out|events were told/);
  });
});
