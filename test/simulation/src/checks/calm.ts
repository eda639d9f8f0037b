import { utf8 } from '@trireme/base';
import type { KvRecorder } from '@trireme/linearizability';
import { KvError, sleep } from '@trireme/ports';
import { healAll } from '../faults/inflict.ts';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import type { LeaseBook } from './lease-book.ts';
import type { Tap } from './tap.ts';
import type { Truth } from './truth.ts';

export interface CalmDeps {
  readonly world: World;
  readonly recorder: KvRecorder;
  readonly leases: LeaseBook;
  readonly truth: Truth;
  readonly taps: ReadonlyMap<Machine, Tap>;
}

/** After the last fault: so long may it take until all is well. */
const serveWithinMs = 20_000;
const catchUpWithinMs = 10_000;
const changesWithinMs = 8_000;
const leasesWithinMs = 12_000;

/** Ends all faults; then every member must serve, catch up, agree with the others, and let leases end, in bounded time. */
export async function checkCalm(deps: CalmDeps): Promise<void> {
  const { world, truth, taps, recorder } = deps;
  const { loop } = world;
  healAll(world);
  world.trace('CALM: all faults are over');
  const members = (): readonly Machine[] => world.machines.filter(({ retired }) => !retired);
  const until = async (isDone: () => boolean, limitMs: number, what: () => string): Promise<boolean> => {
    const done = await loop.run(() => world.violation !== undefined || isDone(), limitMs);
    if (!done) world.fail('progress', `${limitMs} ms after the last fault, ${what()}`);
    return world.violation === undefined;
  };
  // What fails now because of an earlier fault, or was about to stop, comes back like everything else.
  const restart = (): void => {
    for (const machine of members()) machine.start();
    loop.after(200, restart);
  };
  restart();
  const isUp = ({ state }: Machine): boolean => state === 'up';
  const down = (): string => `members are not up: ${describe(members().filter((machine) => !isUp(machine)))}`;
  // Who is out of the cluster, or never came in, is known from the leader alone.
  // A change of the membership that somebody asked for may still be on its way.
  if (world.plan.faults.some(({ kind }) => kind.name.endsWith('-member'))) await loop.run(() => false, changesWithinMs);
  const electable = (): boolean => settledLeader(world) !== undefined;
  if (!(await until(electable, serveWithinMs, () => `nobody leads: ${describe(members())}`))) return;
  retireOutsiders(world);
  if (!(await until(() => members().every(isUp), serveWithinMs, down))) return;
  const served = new Set<Machine>();
  for (const machine of members()) void serve(world, recorder, machine).then(() => served.add(machine));
  const silent = (): string =>
    `these members serve nothing: ${members()
      .filter((m) => !served.has(m))
      .map(({ id }) => id)}`;
  if (!(await until(() => members().every((machine) => served.has(machine)), serveWithinMs, silent))) return;
  if (!(await checkLeases(deps, until))) return;
  const behind = (): readonly Machine[] => members().filter((machine) => (taps.get(machine)?.next ?? 0) <= truth.last);
  const lag = (): string =>
    `members are behind revision ${truth.last}: ${behind().map((m) => `${m.id} is at ${taps.get(m)?.next}`)}`;
  if (!(await until(() => behind().length === 0, catchUpWithinMs, lag))) return;
  // What slow watchers have still to read.
  await loop.run(() => false, 1_000);
  await compareHashes(world, members(), until);
}

function describe(machines: readonly Machine[]): string {
  return machines
    .map(({ id, state, member }) => `${id} is ${state}${member ? ` as ${member.status().role}` : ''}`)
    .join(', ');
}

/** A leader that has applied an entry of its own term, and so all that were committed before; no change is under way. */
function settledLeader(world: World): Machine | undefined {
  const leaders = world.up.filter(({ member }) => member?.isLeader());
  const newest = Math.max(...leaders.map(({ member }) => member?.status().term ?? 0));
  return leaders.find(({ member }) => {
    const status = member?.status();
    if (!status || status.term !== newest || status.config.votersOutgoing.length > 0) return false;
    return status.appliedIndex === status.lastIndex;
  });
}

function retireOutsiders(world: World): void {
  const config = settledLeader(world)?.member?.status().config;
  if (!config) return;
  const inside = new Set([...config.voters, ...config.learners].map(BigInt));
  world.trace(`CALM: the members are ${[...inside]}`);
  for (const machine of world.machines) {
    if (inside.has(machine.id)) {
      if (machine.retired) world.fail('membership', `member ${machine.id} was removed for good, and is back`);
      continue;
    }
    machine.retired = true;
    machine.kill(false);
  }
}

type Until = (isDone: () => boolean, limitMs: number, what: () => string) => Promise<boolean>;

/** Writes and reads through this member until both succeeded. */
async function serve(world: World, recorder: KvRecorder, machine: Machine): Promise<void> {
  const kv = recorder.record(machine.kv, `calm ${machine.id}`);
  for (;;) {
    try {
      const request = { key: utf8(`calm/${machine.id}`), value: utf8(`calm ${machine.id} ${world.loop.events}`) };
      const { header } = await kv.txn({ success: [{ type: 'put', request }] });
      const read = await kv.range({ key: request.key });
      if (read.header.revision >= header.revision) return;
      world.fail(
        'linearizability',
        `member ${machine.id} wrote at ${header.revision}, then read at ${read.header.revision}`,
      );
    } catch (error) {
      if (!(error instanceof KvError)) world.fail('errors', `member ${machine.id} answered ${String(error)}`);
      await sleep(world.loop, 100);
    }
  }
}

async function checkLeases({ world, leases }: CalmDeps, until: Until): Promise<boolean> {
  if (leases.ids.length === 0) return true;
  let left: readonly bigint[] = [0n];
  const ask = async (): Promise<void> => {
    while (left.length > 0 && !world.violation) {
      const machine = world.up.at(-1);
      try {
        left = (await machine?.kv.leases()) ?? left;
      } catch (error) {
        world.trace(`leases: ${String(error)}`);
      }
      await sleep(world.loop, 200);
    }
  };
  void ask();
  return until(
    () => left.length === 0,
    leasesWithinMs,
    () => `leases ${left} have not ended`,
  );
}

async function compareHashes(world: World, members: readonly Machine[], until: Until): Promise<void> {
  const hashes = new Map<string, bigint[]>();
  let heard = 0;
  for (const machine of members) {
    void Promise.resolve(machine.member?.hash()).then((hash) => {
      heard += 1;
      const text = JSON.stringify(hash);
      hashes.set(text, [...(hashes.get(text) ?? []), machine.id]);
    });
  }
  if (
    !(await until(
      () => heard === members.length,
      5_000,
      () => 'the key space could not be hashed',
    ))
  )
    return;
  if (hashes.size > 1)
    world.fail(
      'equal-hashes',
      `the key spaces differ: ${[...hashes].map(([hash, ids]) => `${hash} on ${ids}`).join('; ')}`,
    );
}
