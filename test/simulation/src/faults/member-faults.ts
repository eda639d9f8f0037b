import { KvError } from '@trireme/ports';
import type { MemberStatus } from '@trireme/store';
import type { SeededRandom } from '@trireme/testkit';
import type { Machine } from '../world/machine.ts';
import { peerOf, type World } from '../world/world.ts';
import { isUnderRepair } from './disk-faults.ts';
import { type FaultKind, pickOf, someTime } from './fault.ts';

const mostMembers = 7;

/** Asks some member for a change of the membership; how it ends is only traced, since it may happen later or never. */
function change(
  world: World,
  machine: Machine,
  what: string,
  action: Parameters<Machine['call']>[0],
  done?: () => void,
) {
  machine.call(action).then(
    () => {
      world.count('membership changes');
      world.trace(`${what}: done`);
      done?.();
    },
    (error: unknown) => {
      world.trace(`${what}: ${String(error)}`);
      const { code } = error as { readonly code?: unknown };
      if (typeof code !== 'string' || (error instanceof KvError && !['unavailable', 'stopped'].includes(error.code)))
        world.fail('errors', `${what} was answered by ${String((error as Error).stack ?? error)}`);
    },
  );
}

function present(world: World): readonly Machine[] {
  return world.machines.filter(({ retired }) => !retired);
}

export const addMember: FaultKind = {
  name: 'add-member',
  strike(world, random) {
    const asked = pickOf(random, world.up);
    if (!asked || present(world).length >= mostMembers) return undefined;
    const added = world.addMachine(true);
    const voter = random.chance(0.3);
    if (random.chance(0.5)) added.start();
    else world.loop.after(random.below(1_000), () => added.start());
    const what = `member ${asked.id} is asked to add member ${added.id} as a ${voter ? 'voter' : 'learner'}`;
    change(world, asked, what, (member) =>
      member.addMember({ id: added.id, peerUrls: [peerOf(added.id).url], isLearner: !voter }),
    );
    return what;
  },
};

export const promoteMember: FaultKind = {
  name: 'promote-member',
  strike(world, random) {
    const asked = pickOf(random, world.up);
    const learners = world.leader()?.member?.status().config.learners ?? [];
    const learner = pickOf(random, learners);
    if (!asked || learner === undefined) return undefined;
    const what = `member ${asked.id} is asked to promote member ${learner}`;
    change(world, asked, what, (member) => member.promoteMember(BigInt(learner)));
    return what;
  },
};

export const removeMember: FaultKind = {
  name: 'remove-member',
  strike(world, random) {
    const asked = pickOf(random, world.up);
    const removed = pickRemoved(world, random);
    if (!asked || !removed || world.machines.some(isUnderRepair)) return undefined;
    world.count('removals');
    world.removalsAsked.add(removed.id);
    const what = `member ${asked.id} is asked to remove member ${removed.id}`;
    change(
      world,
      asked,
      what,
      (member) => member.removeMember(removed.id),
      () => {
        retireLater(world, random, removed);
      },
    );
    return what;
  },
};

/**
 * It may not hear that it is out, and goes on for a while: it must neither disturb the others nor answer for them. It is
 * turned off when those who stay know; before, they might need its vote to come to know it.
 */
function retireLater(world: World, random: SeededRandom, removed: Machine): void {
  world.loop.after(someTime(random), () => {
    if (world.over) return;
    const others = present(world).filter((machine) => machine !== removed);
    const knows = ({ state, member }: Machine): boolean =>
      state === 'up' && member !== undefined && !membersOf(member.status()).includes(Number(removed.id));
    if (!others.every(knows)) {
      retireLater(world, random, removed);
      return;
    }
    world.trace(`member ${removed.id} is turned off`);
    removed.retired = true;
    removed.kill(false);
  });
}

function membersOf({ config }: MemberStatus): readonly number[] {
  return [...config.voters, ...config.votersOutgoing, ...config.learners, ...config.learnersNext];
}

function pickRemoved(world: World, random: SeededRandom): Machine | undefined {
  const leader = world.leader();
  const config = leader?.member?.status().config;
  if (!leader || !config || (config.voters.length <= 1 && config.learners.length === 0)) return undefined;
  if (random.chance(0.3)) return config.voters.length > 1 ? leader : undefined;
  const id = random.pick([...config.voters, ...config.learners]);
  if (config.voters.length <= 1 && config.voters.includes(id)) return undefined;
  return world.machines.find((machine) => machine.id === BigInt(id));
}
