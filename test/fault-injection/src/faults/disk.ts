import type { Member } from '../arena/cluster.ts';
import { type Fault, majorityPauseMs, names, pickOne, type Stage } from './fault.ts';

/** So long after every member has noticed, and so long at most until then. */
const fullMs = 3_000;
const noticeWithinMs = 25_000;
const bulkClients = 4;

/** Keeps disks full while the members go on writing: what they free themselves is taken too. */
async function fillFor({ say, hold, complain }: Stage, members: readonly Member[]): Promise<void> {
  say(`the disks of ${names(members)} are full`);
  const saidBefore = new Map(members.map((member) => [member, member.process.output().length]));
  const unaware = (): readonly Member[] =>
    members.filter(({ process }, i) => {
      const said = process.output().slice(saidBefore.get(members[i] as Member));
      return process.running && !/disk .*is full|no space/i.test(said);
    });
  const fill = async (): Promise<void> => {
    for (const { ballast } of members) ballast.fill();
    await hold(500);
  };
  for (let left = noticeWithinMs; left > 0 && unaware().length > 0; left -= 500) await fill();
  if (unaware().length > 0) complain(`${names(unaware())} did not notice that there was no space: nothing was proven`);
  say('which they have noticed');
  for (let left = fullMs; left > 0; left -= 500) await fill();
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
    await fillFor(stage, members);
    for (const { name, process } of members)
      if (!process.running) stage.complain(`member ${name} ended with ${process.ended} on a full disk`);
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
    await fillFor(stage, [member]);
    stage.say(`kill -9 of ${member.name}`);
    await member.process.stop('SIGKILL');
    member.ballast.fill();
    stage.say(`start ${member.name} on its full disk`);
    member.process.start();
    await stage.hold(2_000);
    const state = member.process.running ? 'waits, or serves' : `ended with ${member.process.ended}`;
    stage.say(`${member.name} ${state}: ${lastLine(member)}`);
    drop(stage, [member]);
  },
};

function lastLine({ process }: Member): string {
  return process.output().trimEnd().split('\n').at(-1) ?? '';
}
