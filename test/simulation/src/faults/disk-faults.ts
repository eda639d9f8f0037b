import { type FaultKind, pickOf, someTime } from './fault.ts';

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
    world.loop.after(someTime(random), () => {
      machine.hardware.full = false;
    });
    return `the disk of member ${machine.id} is full`;
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
