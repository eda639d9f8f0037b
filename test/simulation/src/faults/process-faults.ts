import type { SeededRandom } from '@trireme/testkit';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { type FaultKind, pickOf, someTime } from './fault.ts';

/** Starts it again after a while, unless it runs by then. */
export function startLater(world: World, machine: Machine, afterMs: number): void {
  world.loop.after(afterMs, () => machine.start());
}

function victim(world: World, random: SeededRandom): Machine | undefined {
  return random.chance(0.4) ? (world.leader() ?? pickOf(random, world.up)) : pickOf(random, world.up);
}

export const crash: FaultKind = {
  name: 'crash',
  strike(world, random) {
    const machine = victim(world, random);
    if (!machine) return undefined;
    const power = random.chance(0.6);
    machine.kill(power);
    startLater(world, machine, random.chance(0.5) ? random.below(100) : someTime(random));
    return `member ${machine.id} ${power ? 'loses power' : 'is killed'}`;
  },
};

export const crashPoint: FaultKind = {
  name: 'crash-point',
  strike(world, random) {
    const machine = pickOf(
      random,
      world.machines.filter(({ retired }) => !retired),
    );
    if (!machine || machine.hardware.crashPoint) return undefined;
    const operations = 1 + random.below(random.pick([3, 12, 60]));
    const point = { operations, afterEffect: random.chance(0.5), power: random.chance(0.7) };
    machine.hardware.crashPoint = point;
    // A machine that is down dies while it starts.
    machine.start();
    return `member ${machine.id} will die ${point.afterEffect ? 'after' : 'before'} its disk operation ${operations}`;
  },
};

/**
 * Killed, started again, and out of power before long: what the first process wrote and did not sync was read by the
 * second one, and is lost.
 */
export const killThenPower: FaultKind = {
  name: 'kill-then-power',
  strike(world, random) {
    const machine = pickOf(random, world.up);
    if (!machine || machine.hardware.crashPoint) return undefined;
    const point = (power: boolean, most: number) => ({
      operations: 1 + random.below(most),
      afterEffect: random.chance(0.5),
      power,
    });
    machine.hardware.crashPoint = { ...point(false, 12), next: point(true, 40) };
    for (const afterMs of [20, 60, 150, 400, 800]) startLater(world, machine, afterMs);
    return `member ${machine.id} will be killed and then lose power`;
  },
};

export const crashAll: FaultKind = {
  name: 'crash-all',
  strike(world, random) {
    const power = random.chance(0.7);
    for (const machine of world.machines) {
      machine.kill(power);
      startLater(world, machine, random.below(1_000));
    }
    return power ? 'all members lose power' : 'all members are killed';
  },
};

export const restart: FaultKind = {
  name: 'restart',
  strike(world, random) {
    const machine = victim(world, random);
    if (!machine) return undefined;
    machine.stop();
    return `member ${machine.id} is stopped in order`;
  },
};

export const pause: FaultKind = {
  name: 'pause',
  strike(world, random) {
    const machine = victim(world, random);
    if (!machine || machine.clock.paused) return undefined;
    const forMs = someTime(random);
    machine.clock.pause();
    world.loop.after(forMs, () => machine.clock.resume());
    return `member ${machine.id} stands still for ${forMs} ms`;
  },
};

export const wallJump: FaultKind = {
  name: 'wall-jump',
  strike(world, random) {
    const machine = pickOf(random, world.machines);
    if (!machine) return undefined;
    const byMs = random.below(7_200_000) - 3_600_000;
    machine.clock.jumpWall(byMs);
    return `the wall clock of member ${machine.id} jumps by ${byMs} ms`;
  },
};
