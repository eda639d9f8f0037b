import { type FaultKind, pickOf, someTime } from './fault.ts';
import { startLater } from './process-faults.ts';

/** The moment after an election is the most delicate one: promises were given that are only just on disks. */
export const ambush: FaultKind = {
  name: 'ambush',
  strike: () => undefined,
  elected(world, random, leader) {
    const others = world.up.filter((machine) => machine !== leader);
    const kind = random.below(5);
    if (kind === 0) {
      for (const machine of others) {
        if (random.chance(0.5)) continue;
        machine.kill(random.chance(0.7));
        startLater(world, machine, random.below(50));
      }
      return `the voters of member ${leader.id} are killed`;
    }
    if (kind === 1) {
      const rest = world.machines.filter((machine) => machine !== leader);
      world.network.partition(
        rest.map(({ id }) => id),
        [leader.id],
      );
      world.loop.after(someTime(random), () => world.network.heal());
      return `member ${leader.id} is cut off as it takes the lead`;
    }
    if (kind === 2) {
      const forMs = someTime(random);
      leader.clock.pause();
      world.loop.after(forMs, () => leader.clock.resume());
      return `member ${leader.id} stands still for ${forMs} ms as it takes the lead`;
    }
    if (kind === 3) {
      leader.kill(random.chance(0.7));
      startLater(world, leader, random.below(300));
      return `member ${leader.id} is killed as it takes the lead`;
    }
    const voter = pickOf(random, others);
    if (!voter) return undefined;
    voter.hardware.crashPoint = { operations: 1 + random.below(3), afterEffect: random.chance(0.5), power: true };
    return `member ${voter.id} will die at its next writes`;
  },
};
