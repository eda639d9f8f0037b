import type { Member } from '../arena/cluster.ts';
import { eventually } from '../arena/deadline.ts';
import { type Fault, majorityPauseMs, pickOne, type Stage } from './fault.ts';

const downMs = 1_500;

async function killAndStart({ say, hold }: Stage, members: readonly Member[]): Promise<void> {
  for (const { name, process } of members) {
    say(`kill -9 of ${name}`);
    await process.stop('SIGKILL');
  }
  await hold(downMs);
  for (const { name, process } of members) {
    say(`start ${name}`);
    process.start();
  }
}

async function pauseFor({ say, hold }: Stage, { name, process }: Member, ms: number): Promise<void> {
  say(`SIGSTOP of ${name}`);
  process.pause();
  await hold(ms);
  say(`SIGCONT of ${name}`);
  process.resume();
}

export const killLeader: Fault = {
  about: 'kill -9 of the leader, which starts again',
  longestPauseMs: majorityPauseMs,
  run: async (stage) => killAndStart(stage, [await stage.cluster.leader()]),
};

export const killFollower: Fault = {
  about: 'kill -9 of a follower, which starts again',
  longestPauseMs: majorityPauseMs,
  run: async (stage) => killAndStart(stage, [pickOne(await stage.cluster.followers())]),
};

export const killAll: Fault = {
  about: 'kill -9 of all members at once, which start again',
  async run(stage) {
    const { members } = stage.cluster;
    stage.say('kill -9 of all');
    await Promise.all(members.map(({ process }) => process.stop('SIGKILL')));
    await stage.hold(500);
    for (const { process } of members) process.start();
  },
};

export const pauseLeader: Fault = {
  about: 'the leader is stopped (SIGSTOP) for 5 s and goes on; it must answer nothing from the past',
  longestPauseMs: majorityPauseMs,
  async run(stage) {
    const leader = await stage.cluster.leader();
    await pauseFor(stage, leader, 5_000);
    await stage.hold(500);
  },
};

export const pauseFollower: Fault = {
  about: 'a follower is stopped (SIGSTOP) for 2 s and goes on',
  longestPauseMs: majorityPauseMs,
  run: async (stage) => pauseFor(stage, pickOne(await stage.cluster.followers()), 2_000),
};

export const moveLeader: Fault = {
  about: 'leadership is moved to one member after another',
  longestPauseMs: majorityPauseMs,
  async run(stage) {
    for (let i = 0; i < 4; i++) {
      const leader = await stage.cluster.leader();
      const to = pickOne(await stage.cluster.followers());
      const { header } = await stage.cluster.statusOf(to);
      stage.say(`move leadership from ${leader.name} to ${to.name}`);
      await leader.admin.transferLeadership(header.memberId);
      await eventually(`${to.name} leads`, 5_000, async () =>
        (await stage.cluster.leader()) === to ? true : undefined,
      );
      await stage.hold(300);
    }
  },
};
