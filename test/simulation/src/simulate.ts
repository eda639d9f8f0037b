import { createKvRecorder } from '@trireme/linearizability';
import { checkCalm } from './checks/calm.ts';
import { type Checks, createChecks } from './checks/checks.ts';
import { checkHistory, checkWatches } from './checks/history.ts';
import { runClient } from './clients/client.ts';
import { runWatcher } from './clients/watcher.ts';
import { inflictFaults } from './faults/inflict.ts';
import type { PlanOptions } from './world/plan.ts';
import { createWorld, type Violation, type World } from './world/world.ts';

export interface SimulateOptions extends PlanOptions {
  readonly trace?: ((line: string) => void) | undefined;
}

export interface SimulationReport {
  readonly seed: number;
  /** Equal for equal runs. */
  readonly digest: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly messages: number;
  /** The first thing that was wrong. */
  readonly violation: Violation | undefined;
  /** How often what happened: faults by kind, operations, errors. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Clients end when their last calls have timed out, however long their members stood still. */
const clientsEndWithinMs = 15_000;
const stopWithinMs = 20_000;

/** Runs one seed to its end, or to the first violation. */
export async function simulate(seed: number, options: SimulateOptions = {}): Promise<SimulationReport> {
  let checks: Checks | undefined;
  const world = createWorld(seed, {
    ...options,
    observer(made) {
      checks = createChecks(made);
      return checks;
    },
  });
  const stray = (error: unknown): void => world.fail('stray-rejection', String((error as Error)?.stack ?? error));
  process.on('unhandledRejection', stray);
  try {
    await run(world, checks as Checks);
  } catch (error) {
    world.fail('simulation', String((error as Error).stack ?? error));
  } finally {
    process.off('unhandledRejection', stray);
  }
  const { loop, digest, network, violation, counts } = world;
  digest.mixText(violation ? violation.what : 'ok');
  return {
    seed,
    digest: digest.value,
    events: loop.events,
    virtualMs: loop.monotonic(),
    messages: network.delivered,
    violation,
    counts: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

async function run(world: World, checks: Checks): Promise<void> {
  const { loop, plan } = world;
  const recorder = createKvRecorder(world.reading);
  world.trace(
    `seed ${world.seed}: ${plan.members} members, faults ${plan.faults.map(({ kind }) => kind.name).join(', ')}`,
  );
  for (const machine of world.machines) machine.start();
  let working = 0;
  const work = (job: Promise<void>): void => {
    working += 1;
    job.then(
      () => {
        working -= 1;
      },
      (error: unknown) => world.fail('simulation', String((error as Error).stack ?? error)),
    );
  };
  work(inflictFaults(world));
  for (let i = 0; i < plan.clients; i++) work(runClient({ world, recorder, leases: checks.leases }, `c${i}`));
  for (let i = 0; i < plan.watchers; i++) void runWatcher(world, checks.truth, checks.watched);
  await loop.run(() => world.violation !== undefined, plan.durationMs);
  if (world.violation) return;
  world.over = true;
  const ended = await loop.run(() => working === 0 || world.violation !== undefined, clientsEndWithinMs);
  if (!ended) world.fail('progress', `clients still wait for an answer ${clientsEndWithinMs} ms after the end`);
  if (world.violation) return;
  await checkCalm({ world, recorder, ...checks });
  if (world.violation) return;
  checkWatches(world, checks.watched, checks.truth);
  checkHistory(world, recorder.history(), checks.truth);
  if (world.violation) return;
  for (const machine of world.machines) {
    machine.retired = true;
    machine.stop();
  }
  const stopped = await loop.run(() => world.machines.every(({ state }) => state === 'down'), stopWithinMs);
  if (!stopped) world.fail('progress', `members do not stop within ${stopWithinMs} ms`);
}
