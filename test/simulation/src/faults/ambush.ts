import type { SeededRandom } from '@trireme/testkit';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { type FaultKind, pickOf, someTime } from './fault.ts';
import { startLater } from './process-faults.ts';

function cutOff(world: World, random: SeededRandom, leader: Machine): void {
  const rest = world.machines.filter((machine) => machine !== leader).map(({ id }) => id);
  world.network.partition(rest, [leader.id]);
  world.loop.after(someTime(random), () => world.network.heal());
}

/** The moment after an election is the most delicate one: promises were given that are only just on disks. */
export const ambush: FaultKind = {
  name: 'ambush',
  strike: () => undefined,
  elected(world, random, leader) {
    const others = world.up.filter((machine) => machine !== leader);
    const kind = random.below(7);
    if (kind === 0) {
      for (const machine of others) {
        if (random.chance(0.5)) continue;
        machine.kill(random.chance(0.7));
        startLater(world, machine, random.below(50));
      }
      return `the voters of member ${leader.id} are killed`;
    }
    if (kind >= 5) {
      // Whoever forgot a vote may give it again now, while this leader still believes in its own.
      for (const machine of others) {
        machine.kill(true);
        startLater(world, machine, random.below(30));
      }
      cutOff(world, random, leader);
      return `the voters of member ${leader.id} lose power, and it is cut off`;
    }
    if (kind === 1) {
      cutOff(world, random, leader);
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

/** Every leader is cut off soon after it was elected, with what it has just written; the one before it is back. */
export const musicalChairs: FaultKind = {
  name: 'musical-chairs',
  electedShare: 0.9,
  strike: () => undefined,
  elected(world, random, leader) {
    const afterMs = random.below(random.pick([12, 40, 400]));
    world.loop.after(afterMs, () => {
      if (world.over) return;
      const rest = world.machines.filter((machine) => machine !== leader).map(({ id }) => id);
      // Until the next one takes its place.
      world.network.partition(rest, [leader.id]);
    });
    return `member ${leader.id} will be cut off in ${afterMs} ms`;
  },
};

/** The leader forgets what it had not synced, and one of those who might know it is out of reach. */
export const doubleStrike: FaultKind = {
  name: 'double-strike',
  strike(world, random) {
    const leader = world.leader();
    if (!leader) return undefined;
    leader.kill(true);
    startLater(world, leader, random.below(50));
    const witness = pickOf(
      random,
      world.up.filter((machine) => machine !== leader),
    );
    if (witness) cutOff(world, random, witness);
    return `member ${leader.id}, which leads, loses power, and member ${witness?.id} is cut off`;
  },
};

/**
 * After each election either the leader or those who voted lose power and come straight back: who forgot, votes again.
 * Where it is the leader, the others stand still until it stands for election again, in the term that it may have forgotten.
 */
export const amnesia: FaultKind = {
  name: 'amnesia',
  electedShare: 0.9,
  strike: () => undefined,
  elected(world, random, leader) {
    const others = world.machines.filter((machine) => machine !== leader && !machine.retired);
    if (random.chance(0.5)) {
      leader.kill(true);
      leader.hardware.slowMs = 0;
      startLater(world, leader, random.below(20));
      const { electionTimeoutMs = 1_000 } = world.plan.member;
      const forMs = random.pick([0, electionTimeoutMs, 2 * electionTimeoutMs]);
      for (const machine of others) machine.clock.pause();
      world.loop.after(forMs, () => {
        for (const machine of others) machine.clock.resume();
        // So it may lead again before its own disk knows of it.
        leader.hardware.slowMs = random.pick([0, 20, 60]);
      });
      return `member ${leader.id} loses power as it takes the lead, and the others stand still for ${forMs} ms`;
    }
    for (const machine of others) {
      machine.kill(true);
      startLater(world, machine, random.below(20));
    }
    cutOff(world, random, leader);
    return `all but member ${leader.id} lose power, and it is cut off`;
  },
};
