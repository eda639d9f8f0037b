import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Member } from '../arena/cluster.ts';
import { eventually, within } from '../arena/deadline.ts';
import { type Fault, majorityPauseMs, others, pickOne, type Stage } from './fault.ts';

const changeMs = 10_000;

/** What a person does with a member that is beyond repair. It may be running or not. */
export async function replace(stage: Stage, member: Member): Promise<void> {
  const { cluster, say } = stage;
  const by = pickOne(others(cluster, member));
  const id = await idOf(member, by);
  say(`remove ${member.name}`);
  await insist('remove a member', () => within(5_000, (signal) => by.admin.removeMember(id, { signal })));
  const ended = await Promise.race([
    member.process.untilEnd().then(() => true),
    stage.hold(changeMs).then(() => false),
  ]);
  if (!ended) stage.complain(`${member.name} was removed and runs on`);
  await member.process.stop('SIGKILL');
  rmSync(join(member.site.mount, 'data'), { recursive: true, force: true });
  await stage.hold(300);
  say(`add ${member.name} anew, with nothing`);
  await insist('add a member', () => within(5_000, (signal) => by.admin.addMember([member.site.peerUrl], { signal })));
  member.process.start('--initial-cluster-state', 'existing');
  await eventually(`${member.name} answers`, changeMs, async () => {
    await cluster.statusOf(member);
    return true;
  });
}

async function idOf({ name }: Member, by: Member): Promise<bigint> {
  return eventually(`${by.name} tells who ${name} is`, changeMs, async () => {
    const members = await within(2_000, (signal) => by.admin.members({ signal }));
    return members.find((each) => each.name === name)?.id;
  });
}

/** A change may be refused while another is under way, or its leader is. Asked twice it says so: then it was made. */
async function insist(what: string, ask: () => Promise<unknown>): Promise<void> {
  await eventually(what, changeMs, () =>
    ask().then(
      () => true,
      (error: unknown) => {
        if (/member not found|Peer URLs already exists/.test(String(error))) return true;
        throw error;
      },
    ),
  );
}

export const replaceFollower: Fault = {
  about: 'a follower is removed, loses its disk, and is added anew',
  longestPauseMs: majorityPauseMs,
  run: async (stage) => replace(stage, pickOne(await stage.cluster.followers())),
};

export const replaceLeader: Fault = {
  about: 'the leader is removed, loses its disk, and is added anew',
  longestPauseMs: majorityPauseMs,
  run: async (stage) => replace(stage, await stage.cluster.leader()),
};
