import { sleep } from '@trireme/ports';
import type { World } from '../world/world.ts';
import type { FaultKind } from './fault.ts';
import { startLater } from './process-faults.ts';

/** Lets faults happen, one after another, until the world says that it is over. */
export async function inflictFaults(world: World): Promise<void> {
  const random = world.random.fork();
  const { faults, faultEveryMs } = world.plan;
  const struck = ({ name }: FaultKind, done: string | undefined): void => {
    if (done === undefined) return;
    world.count(name);
    world.trace(`FAULT ${name}: ${done}`);
  };
  world.elected = (leader) => {
    if (world.over) return;
    for (const { kind, weight } of faults)
      if (kind.elected && random.chance(kind.electedShare ?? weight / 10))
        struck(kind, kind.elected(world, random, leader));
  };
  const total = faults.reduce((sum, { weight }) => sum + weight, 0);
  while (!world.over) {
    await sleep(world.loop, random.below(2 * faultEveryMs));
    if (world.over) return;
    let at = random.below(total);
    const chosen = faults.find(({ weight }) => {
      at -= weight;
      return at < 0;
    });
    if (chosen) struck(chosen.kind, chosen.kind.strike(world, random));
    // What died without anybody to start it again, as after a crash point, comes back after a while.
    for (const machine of world.machines)
      if (machine.state === 'down' && random.chance(0.3)) startLater(world, machine, random.below(1_000));
  }
}

/** Ends whatever is under way, and starts what is down. */
export function healAll(world: World): void {
  world.network.heal();
  world.weather = { ...world.plan.network, loss: 0, slowShare: 0, duplication: 0 };
  for (const machine of world.machines) {
    const { hardware, clock } = machine;
    hardware.crashPoint = undefined;
    hardware.slowMs = 0;
    hardware.full = false;
    hardware.failingSyncs = 0;
    hardware.damageRead = undefined;
    clock.resume();
    machine.start();
  }
}
