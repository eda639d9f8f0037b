import { type FaultKind, pickOf } from './fault.ts';

export const transferLead: FaultKind = {
  name: 'transfer',
  strike(world, random) {
    const machine = pickOf(random, world.up);
    if (!machine) return undefined;
    const to = random.chance(0.5) ? pickOf(random, world.machines)?.id : undefined;
    machine
      .call((member) => member.transferLeadership(to))
      .catch((error: unknown) => world.trace(`transfer: ${String(error)}`));
    return `member ${machine.id} is asked to hand the lead to ${to ?? 'anybody'}`;
  },
};
