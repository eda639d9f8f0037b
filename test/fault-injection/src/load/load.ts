import { utf8 } from '@trireme/base';
import type { KvRecorder } from '@trireme/linearizability';
import { type Kv, KvError, type KvErrorCode } from '@trireme/ports';
import type { Cluster, Member } from '../arena/cluster.ts';
import { pause, within } from '../arena/deadline.ts';
import { anyOperation, bulk, bulkBytes, type Operation, read, relay } from './operations.ts';
import type { Tally } from './tally.ts';

export interface LoadOptions {
  readonly prefix: string;
  /** Clients that write large values, beside those that write small ones. */
  readonly bulkClients: number;
  readonly tally: Tally;
  /** What clients may be answered besides what any fault brings. */
  readonly mayAnswer?: readonly KvErrorCode[] | undefined;
  /** Something that no client should see. */
  readonly complain: (problem: string) => void;
}

export interface Load {
  /** Resolves when the last call is answered, or given up. */
  stop(): Promise<void>;
}

/** A call is given up after so long: what it did stays open. */
const giveUpMs = 3_000;
const thinkMs = 20;
const bulkThinkMs = 50;
const afterErrorMs = 150;
/** All that bulk clients write together: more than a log keeps ready, and not more than fits into memory a few times. */
const bulkBudgetBytes = 36 << 20;
/** What any call may say while a fault lasts. */
const expected: ReadonlySet<string> = new Set(['unavailable', 'stopped', 'cancelled', 'too-many-requests', 'no-space']);

let lives = 0;

/**
 * Clients that ask one thing after another, all recorded. Of each member: one that does anything, one that only reads, and
 * one that reads elsewhere what it wrote there. And as many of all members.
 */
export function startLoad(cluster: Cluster, recorder: KvRecorder, options: LoadOptions): Load {
  const { members } = cluster;
  lives += 1;
  const own: { close(): void }[] = [];
  const roaming = members.map((_, i) => cluster.client([...members.slice(i), ...members.slice(0, i)]));
  own.push(...roaming);
  let stopped = false;
  let bulkLeft = Math.floor(bulkBudgetBytes / bulkBytes);
  const run = async (name: string, kv: Kv, choose: () => Operation, think: number): Promise<void> => {
    const recorded = recorder.record(kv, name);
    let written = 0;
    const nextValue = () => utf8(`${name}.${++written}`);
    while (!stopped) {
      await pause(Math.random() * 2 * think);
      if (!stopped) await ask(recorded, choose(), nextValue, options);
    }
  };
  const runs = [
    ...members.map(({ name, kv }) => run(`${lives}.${name}`, kv, anyOperation, thinkMs)),
    ...members.map(({ name, kv }) => run(`${lives}.${name}.reader`, kv, () => read, thinkMs)),
    ...members.map(({ name, kv }, i) => {
      const client = `${lives}.${name}.relay`;
      const next = members[(i + 1) % members.length] as Member;
      return run(client, kv, () => relay(recorder.record(next.kv, client)), thinkMs);
    }),
    ...roaming.map((kv, i) => run(`${lives}.any${i + 1}`, kv, anyOperation, thinkMs)),
    ...Array.from({ length: options.bulkClients }, (_, i) =>
      run(
        `${lives}.bulk${i + 1}`,
        roaming[i % roaming.length] as Kv,
        () => (bulkLeft-- > 0 ? bulk : read),
        bulkThinkMs,
      ),
    ),
  ];
  return {
    async stop() {
      stopped = true;
      await Promise.all(runs);
      for (const client of own) client.close();
    },
  };
}

async function ask(
  kv: Kv,
  operation: Operation,
  nextValue: () => Uint8Array<ArrayBuffer>,
  { prefix, tally, mayAnswer = [], complain }: LoadOptions,
): Promise<void> {
  try {
    tally.answer(await within(giveUpMs, (signal) => operation({ kv, options: { signal }, prefix, nextValue })));
  } catch (error) {
    const code = error instanceof KvError ? error.code : undefined;
    tally.error(code ?? 'no KvError');
    if (!code || !(expected.has(code) || mayAnswer.includes(code)))
      complain(`a client was answered ${code}: ${String(error)}`);
    await pause(afterErrorMs);
  }
}
