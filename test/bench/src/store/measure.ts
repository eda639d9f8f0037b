import type { LoopWork } from '../load/jobs.ts';
import { peakRssMb, rssMb } from '../load/process-sample.ts';
import { type Figure, type Row, spreadOf } from '../report/report.ts';
import { byTurns, endpointsOf, type MeasuredJob } from '../run/by-turns.ts';
import type { Both, Running } from '../run/contender.ts';
import { type Session, settle } from '../run/session.ts';
import type { StoreBenchOptions } from './options.ts';

const marginMs = 40_000;
const fillMs = 180_000;
const failoverMs = 30_000;
const fillClients = 100;

/** Puts all keys, and says what memory that took. */
export async function fill(session: Session, both: Both, options: StoreBenchOptions): Promise<Figure[]> {
  const loaded = { peak: new Map<string, number>(), after: new Map<string, number>(), ms: new Map<string, number>() };
  for (const side of both) {
    session.say(`${side.title}: putting ${options.keys} keys`);
    const job = async () => ({
      type: 'fill' as const,
      endpoints: await endpointsOf(side),
      keys: options.keys,
      clients: fillClients,
      timeoutMs: fillMs,
    });
    const done = await session.attempt(`${side.title}: put all keys`, job, fillMs + marginMs);
    if (!done)
      throw new Error(`${side.title} could not be loaded with ${options.keys} keys, so there is nothing to measure`);
    await settle(side.cluster.pids);
    loaded.ms.set(side.role, done.elapsedMs ?? 0);
    loaded.peak.set(side.role, Math.max(...side.cluster.pids().map(peakRssMb)));
    loaded.after.set(side.role, Math.max(...side.cluster.pids().map(rssMb)));
  }
  const figure = (name: string, unit: string, values: ReadonlyMap<string, number>): Figure => {
    const of = (role: string) => spreadOf([values.get(role) ?? 0]);
    return { name, unit, ours: of('ours'), peer: of('peer') };
  };
  return [
    figure(`largest member, peak while putting ${options.keys} keys`, 'MB', loaded.peak),
    figure(`largest member, with ${options.keys} keys, at rest`, 'MB', loaded.after),
    figure(`putting ${options.keys} keys once, ${fillClients} clients`, 'ms', loaded.ms),
  ];
}

/** A work at one number of clients: the contenders by turns, for as many rounds as asked for. */
export async function measureLoops(
  session: Session,
  both: Both,
  options: StoreBenchOptions,
  work: LoopWork,
  clients: number,
): Promise<Row> {
  const writes = work === 'put' || work === 'mixed-90-10';
  const after = async ({ cluster }: Running): Promise<void> => (writes ? cluster.compact() : undefined);
  const job = (common: MeasuredJob) => ({ type: 'loops', work, clients, keys: options.keys, ...common }) as const;
  return byTurns(session, both, { ...options, work, clients, job, after });
}

/** `putsPerSecond` absent: as many as all watchers can follow. */
export async function measureWatch(
  session: Session,
  both: Both,
  options: StoreBenchOptions,
  putsPerSecond: number | undefined,
): Promise<Row> {
  const { watchers } = options;
  const work = putsPerSecond === undefined ? 'watch-flood' : `watch-${putsPerSecond}/s`;
  const job = (common: MeasuredJob) =>
    ({ type: 'watch', watchers, putsPerSecond, keys: options.keys, ...common }) as const;
  return byTurns(session, both, { ...options, work, clients: watchers, job });
}

/** Kills the leader, again and again, and says how long the others took to acknowledge a put. */
export async function measureFailover(session: Session, both: Both, options: StoreBenchOptions): Promise<Figure> {
  const seen: Record<Running['role'], number[]> = { ours: [], peer: [] };
  for (let round = 1; round <= options.failovers; round++) {
    for (const side of both) {
      const [leader, ...others] = await side.cluster.members();
      if (!leader) continue;
      const what = `failover ${round}, ${side.title}`;
      const job = async () => ({
        type: 'failover' as const,
        survivors: others.map(({ endpoint }) => endpoint),
        leaderPid: leader.pid,
        timeoutMs: failoverMs,
      });
      const done = await session.attempt(what, job, failoverMs + marginMs);
      if (done?.elapsedMs !== undefined) {
        seen[side.role].push(done.elapsedMs);
        session.say(`${what}: ${Math.round(done.elapsedMs)} ms`);
      }
      await side.cluster.revive(leader.name);
      await settle(side.cluster.pids);
    }
  }
  return { name: 'failover', unit: 'ms', ours: spreadOf(seen.ours), peer: spreadOf(seen.peer) };
}
