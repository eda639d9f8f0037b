import { utf8 } from '@trireme/base';
import type { KvRecorder } from '@trireme/linearizability';
import { sleep } from '@trireme/ports';
import type { SeededRandom } from '@trireme/testkit';
import type { LeaseBook } from '../checks/lease-book.ts';
import type { Machine } from '../world/machine.ts';
import { type OperationName, operationNames } from '../world/plan.ts';
import type { World } from '../world/world.ts';
import { abortAfter } from './cancel.ts';
import { takeError } from './errors.ts';
import { holdLease } from './lease-holder.ts';
import { type Call, operations } from './operations.ts';

export interface ClientDeps {
  readonly world: World;
  readonly recorder: KvRecorder;
  readonly leases: LeaseBook;
}

/** Asks one thing after another, of any member, until the world is over. */
export async function runClient({ world, recorder, leases }: ClientDeps, name: string): Promise<void> {
  const random = world.random.fork();
  const { plan, loop } = world;
  let written = 0;
  let revision = 1;
  let favourite: Machine | undefined;
  const nextValue = (): Uint8Array<ArrayBuffer> => utf8(`${name}.${++written}.`.padEnd(plan.valueBytes, '-'));
  while (!world.over) {
    await sleep(loop, random.below(2 * plan.thinkMs));
    if (favourite?.state !== 'up' || random.chance(0.2)) favourite = pickUp(world, random);
    const machine = favourite;
    if (!machine) continue;
    const kind = pickKind(world, random);
    const giveUp = random.chance(plan.giveUpShare);
    const signal = giveUp ? abortAfter(loop, random.below(1_000)) : undefined;
    const kv = recorder.record(machine.kv, name);
    if (kind === 'lease') {
      void holdLease({ world, recorder, leases, random: random.fork(), name: `${name}.${++written}` });
      continue;
    }
    const operation = operations[kind];
    const options = signal ? { signal } : {};
    const call: Call = { world, random, kv, options, nextValue, revision };
    try {
      const answered = await operation.run(call);
      revision = Math.max(revision, answered);
      world.digest.mix(answered);
      world.count('operations');
    } catch (error) {
      takeError(world, `${kind} on member ${machine.id}`, error, [
        ...operation.errors,
        ...(giveUp ? (['cancelled'] as const) : []),
      ]);
    }
  }
}

export function pickUp(world: World, random: SeededRandom): Machine | undefined {
  const { up } = world;
  return up.length > 0 ? random.pick(up) : undefined;
}

function pickKind(world: World, random: SeededRandom): OperationName {
  const { weights } = world.plan;
  const total = operationNames.reduce((sum, name) => sum + weights[name], 0);
  if (total === 0) return 'put';
  let at = random.below(total);
  for (const name of operationNames) {
    at -= weights[name];
    if (at < 0) return name;
  }
  return 'put';
}
