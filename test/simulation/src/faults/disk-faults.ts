import type { SeededRandom } from '@trireme/testkit';
import type { Machine } from '../world/machine.ts';
import { type FaultKind, pickOf, someTime } from './fault.ts';
import { startLater } from './process-faults.ts';

export const slowDisk: FaultKind = {
  name: 'slow-disk',
  strike(world, random) {
    const machine = pickOf(random, world.machines);
    if (!machine) return undefined;
    machine.hardware.slowMs = random.pick([5, 40, 300]);
    world.loop.after(someTime(random), () => {
      machine.hardware.slowMs = 0;
    });
    return `each operation of the disk of member ${machine.id} takes ${machine.hardware.slowMs} ms more`;
  },
};

export const fullDisk: FaultKind = {
  name: 'full-disk',
  strike(world, random) {
    const machine = random.chance(0.4) ? world.leader() : pickOf(random, world.machines);
    if (!machine) return undefined;
    machine.hardware.full = true;
    machine.hardware.excuses.add('full');
    // What has arrived before its disk was full may arrive once more after that, and must not be taken for refused.
    const again = random.chance(0.5);
    if (again) world.weather = { ...world.plan.network, duplication: 0.5, slowShare: 0.5, slowMs: 60 };
    world.loop.after(someTime(random), () => {
      machine.hardware.full = false;
      if (again) world.weather = world.plan.network;
    });
    return `the disk of member ${machine.id} is full${again ? ', and messages come twice' : ''}`;
  },
};

export const failingSync: FaultKind = {
  name: 'failing-sync',
  strike(world, random) {
    const machine = pickOf(random, world.up);
    if (!machine) return undefined;
    machine.hardware.failingSyncs = 1;
    machine.hardware.excuses.add('io');
    return `the next sync of member ${machine.id} fails`;
  },
};

/**
 * Bits flip, or another sector comes back, while a member reads its log at the start. Only in segments that are followed
 * by others: damage in the very last record cannot be told from a write that a crash tore, by this log or by any.
 */
export const misread: FaultKind = {
  name: 'misread',
  strike(world, random) {
    const machine = pickOf(random, world.up);
    if (!machine || world.machines.some(({ hardware }) => hardware.damageRead)) return undefined;
    const { hardware } = machine;
    // One at a time, and never of two: from damage on half of the voters nothing can be repaired, and they stop.
    const voters = world.leader()?.member?.status().config.voters ?? [];
    if (voters.length < 3 || world.machines.some(isUnderRepair) || world.counts.has('removals')) return undefined;
    hardware.damageRead = (path, bytes) => {
      const segments = hardware.disk.paths().filter((name) => name.endsWith('.log'));
      return segments.includes(path) && path !== segments.at(-1) ? damage(bytes, random) : bytes;
    };
    hardware.excuses.add('damage');
    machine.kill(random.chance(0.5));
    startLater(world, machine, random.below(100));
    world.loop.after(someTime(random), () => {
      hardware.damageRead = undefined;
    });
    return `member ${machine.id} restarts and misreads its log`;
  },
};

/** Its log was damaged, and it does not vote until it has back what it lost. */
export function isUnderRepair({ hardware }: Machine): boolean {
  return hardware.damageRead !== undefined || hardware.disk.paths().includes('log/repair');
}

const sectorBytes = 512;

function damage(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const damaged = bytes.slice();
  const at = random.below(damaged.length);
  if (random.chance(0.5)) damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
  else {
    const from = random.below(Math.ceil(damaged.length / sectorBytes)) * sectorBytes;
    damaged.set(damaged.slice(from, from + Math.min(sectorBytes, damaged.length - at)), at - (at % sectorBytes));
  }
  return damaged;
}
