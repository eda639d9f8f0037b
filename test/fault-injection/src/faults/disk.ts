import type { Member } from '../arena/cluster.ts';
import { type Fault, majorityPauseMs, names, pickOne, type Stage } from './fault.ts';

const fullMs = 6_000;
const bulkClients = 4;

/** Keeps disks full while the members go on writing: what they free themselves is taken too. */
async function fillFor({ say, hold }: Stage, members: readonly Member[], ms: number): Promise<void> {
  say(`the disks of ${names(members)} are full`);
  for (let left = ms; left > 0; left -= 500) {
    for (const { ballast } of members) ballast.fill();
    await hold(500);
  }
}

function drop({ say }: Stage, members: readonly Member[]): void {
  for (const { ballast } of members) ballast.drop();
  say(`there is space again on ${names(members)}`);
}

const filling = (
  about: string,
  choose: (stage: Stage) => Promise<readonly Member[]>,
  more?: Partial<Fault>,
): Fault => ({
  about,
  bulkClients,
  async run(stage) {
    const members = await choose(stage);
    await fillFor(stage, members, fullMs);
    for (const { name, process } of members) {
      if (!process.running) stage.complain(`member ${name} ended with ${process.ended} on a full disk`);
      if (!/disk .*is full|no space/i.test(process.output()))
        stage.complain(`member ${name} never noticed that its disk was full: nothing was proven`);
    }
    drop(stage, members);
  },
  ...more,
});

export const fullFollower = filling(
  'the disk of a follower is full',
  async ({ cluster }) => [pickOne(await cluster.followers())],
  { longestPauseMs: majorityPauseMs },
);
export const fullLeader = filling('the disk of the leader is full', async ({ cluster }) => [await cluster.leader()]);
export const fullAll = filling('all disks are full', async ({ cluster }) => cluster.members);

export const killOnFullDisk: Fault = {
  about: 'kill -9 of a member whose disk is full, which starts again before there is space',
  bulkClients,
  async run(stage) {
    const member = await stage.cluster.leader();
    await fillFor(stage, [member], 4_000);
    stage.say(`kill -9 of ${member.name}`);
    await member.process.stop('SIGKILL');
    member.ballast.fill();
    stage.say(`start ${member.name} on its full disk`);
    member.process.start();
    await stage.hold(3_000);
    if (!member.process.running) stage.say(`${member.name} ended with ${member.process.ended}: ${lastLine(member)}`);
    drop(stage, [member]);
  },
};

function lastLine({ process }: Member): string {
  return process.output().trimEnd().split('\n').at(-1) ?? '';
}
