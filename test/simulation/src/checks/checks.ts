import { hasCode, messageOf } from '@trireme/base';
import type { Watched } from '../clients/watcher.ts';
import type { Machine } from '../world/machine.ts';
import type { Observer, World } from '../world/world.ts';
import { createLeaseBook, type LeaseBook } from './lease-book.ts';
import { createMemberMonitor } from './member-monitor.ts';
import { createTap, type Tap } from './tap.ts';
import { createTruth, type Truth } from './truth.ts';

/** All that watches over one run. */
export interface Checks extends Observer {
  readonly leases: LeaseBook;
  readonly truth: Truth;
  readonly taps: ReadonlyMap<Machine, Tap>;
  readonly watched: Watched[];
}

export function createChecks(world: World): Checks {
  const leases = createLeaseBook(world);
  const truth = createTruth(world, leases);
  const monitor = createMemberMonitor(world);
  const taps = new Map<Machine, Tap>();
  const tapOf = (machine: Machine): Tap => {
    const tap = taps.get(machine) ?? createTap(world, truth, machine);
    taps.set(machine, tap);
    return tap;
  };
  return {
    leases,
    truth,
    taps,
    watched: [],
    started(machine, member) {
      const { excuses, full, failingSyncs, damageRead } = machine.hardware;
      if (!full) excuses.delete('full');
      if (failingSyncs === 0) excuses.delete('io');
      if (!damageRead) excuses.delete('damage');
      monitor.started(machine, member);
      void tapOf(machine).follow(member);
    },
    ended(machine) {
      world.trace(`the process of member ${machine.id} is over`);
    },
    failed(machine, error) {
      world.trace(`member ${machine.id} failed: ${messageOf(error)}`);
      world.count('failed members');
      const { excuses } = machine.hardware;
      if (hasCode(error, 'no-space') && excuses.has('full')) return;
      if (messageOf(error).includes('No space left') && excuses.has('full')) return;
      if (hasCode(error, 'log-damaged') && excuses.has('damage')) return;
      if (hasCode(error, 'io') && excuses.has('io')) return;
      // A member that was removed is told so by those who stay, who may be down again by now. One that was told so wrongly
      // is still among the members at the end, and then it is missed.
      if (hasCode(error, 'member-removed') && world.removalsAsked.has(machine.id)) return;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      world.fail('invariant', `member ${machine.id} stopped by itself, and nothing was wrong with its disk: ${text}`);
    },
    settled: (machine) => monitor.look(machine),
  };
}
