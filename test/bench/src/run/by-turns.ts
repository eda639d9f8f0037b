import type { Endpoint } from '../load/connection.ts';
import type { Job } from '../load/jobs.ts';
import type { Measurement, WatchedProcesses, WindowTimes } from '../load/window.ts';
import { type Row, rowOf } from '../report/report.ts';
import type { Both, Running } from './contender.ts';
import { type Session, settle } from './session.ts';

/** What every measuring job is told. */
export type MeasuredJob = { readonly endpoints: readonly Endpoint[] } & WindowTimes & WatchedProcesses;

export interface Turns {
  readonly work: string;
  readonly clients: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmSeconds: number;
  /** The generator's job for one side. */
  job(common: MeasuredJob): Job;
  /** Done after each measurement, uncounted. */
  after?(side: Running): Promise<void>;
}

const marginMs = 40_000;

/** One row: the contenders by turns, each when both have come to rest. */
export async function byTurns(session: Session, both: Both, turns: Turns): Promise<Row> {
  const seen: Record<Running['role'], Measurement[]> = { ours: [], peer: [] };
  const { work, clients } = turns;
  const measureMs = turns.seconds * 1000;
  const warmMs = turns.warmSeconds * 1000;
  for (let round = 1; round <= turns.rounds; round++) {
    for (const side of both) {
      await settle(() => both.flatMap(({ cluster }) => cluster.pids()));
      const what = `${work}, ${clients} clients, round ${round}, ${side.title}`;
      const idle = side === both[0] ? both[1] : both[0];
      const job = async (): Promise<Job> =>
        turns.job({
          endpoints: await endpointsOf(side),
          pids: side.cluster.pids(),
          idlePids: idle.cluster.pids(),
          warmMs,
          measureMs,
        });
      const done = await session.attempt(what, job, measureMs + warmMs + marginMs);
      if (!done?.measurement) continue;
      seen[side.role].push(done.measurement);
      session.say(`${what}: ${Math.round(done.measurement.opsPerSecond)}/s`);
      await session.guard(`after ${what}`, async () => turns.after?.(side));
    }
  }
  return rowOf(work, clients, seen.ours, seen.peer);
}

export async function endpointsOf({ cluster }: Running): Promise<readonly Endpoint[]> {
  return (await cluster.members()).map(({ endpoint }) => endpoint);
}
