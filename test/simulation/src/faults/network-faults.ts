import type { FaultKind } from './fault.ts';
import { pickOf, someTime } from './fault.ts';

export const isolate: FaultKind = {
  name: 'isolate',
  strike(world, random) {
    const machine = random.chance(0.6) ? world.leader() : pickOf(random, world.machines);
    if (!machine) return undefined;
    const others = world.machines.filter((other) => other !== machine).map(({ id }) => id);
    world.network.partition(others, [machine.id]);
    world.loop.after(someTime(random), () => world.network.heal());
    return `member ${machine.id} is cut off`;
  },
};

export const split: FaultKind = {
  name: 'split',
  strike(world, random) {
    const ids = world.machines.map(({ id }) => id);
    const left = ids.filter(() => random.chance(0.5));
    const right = ids.filter((id) => !left.includes(id));
    world.network.partition(left, right);
    world.loop.after(someTime(random), () => world.network.heal());
    return `the network splits into ${left} and ${right}`;
  },
};

export const oneWay: FaultKind = {
  name: 'one-way',
  strike(world, random) {
    const from = pickOf(random, world.machines);
    if (!from) return undefined;
    const others = world.machines.filter((other) => other !== from);
    const deaf = random.chance(0.5);
    const cut = others.filter(() => random.chance(0.7));
    const pairs = cut.map(({ id }) => (deaf ? ([id, from.id] as const) : ([from.id, id] as const)));
    for (const [a, b] of pairs) world.network.block(a, b);
    world.loop.after(someTime(random), () => {
      for (const [a, b] of pairs) world.network.unblock(a, b);
    });
    return `member ${from.id} ${deaf ? 'hears nothing from' : 'is not heard by'} ${cut.map(({ id }) => id)}`;
  },
};

export const storm: FaultKind = {
  name: 'storm',
  strike(world, random) {
    const loss = random.pick([0.1, 0.4, 0.8]);
    const slowMs = random.pick([100, 1_000, 3_000]);
    world.weather = { ...world.plan.network, loss, slowMs, slowShare: 0.3, duplication: 0.2 };
    world.loop.after(someTime(random), () => {
      world.weather = world.plan.network;
    });
    return `the network loses ${loss * 100} % and delays up to ${slowMs} ms`;
  },
};
