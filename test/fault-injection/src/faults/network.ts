import type { Member } from '../arena/cluster.ts';
import { type Fault, majorityPauseMs, others, pickOne, type Stage } from './fault.ts';

const partitionMs = 3_000;
const sites = (members: readonly Member[]) => members.map(({ site }) => site);

/** Takes a member from the others for a while; clients reach it all the same. */
async function isolate({ cluster, say, hold }: Stage, member: Member, way: 'in' | 'out' | 'both'): Promise<void> {
  say(`${member.name} hears and reaches no other member: ${way} is dropped`);
  member.firewall.block(sites(others(cluster, member)), way);
  await hold(partitionMs);
  say(`${member.name} is back`);
  member.firewall.open();
}

const isolating = (who: 'leader' | 'follower', way: 'in' | 'out' | 'both', about: string): Fault => ({
  about,
  longestPauseMs: majorityPauseMs,
  async run(stage) {
    const { cluster } = stage;
    await isolate(stage, who === 'leader' ? await cluster.leader() : pickOne(await cluster.followers()), way);
  },
});

export const partitionLeader = isolating(
  'leader',
  'both',
  'the leader is cut off from the others; clients still reach it',
);
export const partitionFollower = isolating('follower', 'both', 'a follower is cut off from the others');
export const deafLeader = isolating('leader', 'in', 'the leader is heard and hears nobody');
export const muteLeader = isolating('leader', 'out', 'the leader hears the others and is not heard');
export const deafFollower = isolating('follower', 'in', 'a follower is heard and hears nobody');

export const partitionAll: Fault = {
  about: 'no member reaches any other',
  async run({ cluster, say, hold }) {
    say('every member is alone');
    for (const member of cluster.members) member.firewall.block(sites(others(cluster, member)));
    await hold(2_500);
    say('all are back');
    for (const { firewall } of cluster.members) firewall.open();
  },
};

export const brokenRing: Fault = {
  about: 'the leader and one follower lose each other; the third member reaches both',
  longestPauseMs: majorityPauseMs,
  async run({ cluster, say, hold }) {
    const leader = await cluster.leader();
    const follower = pickOne(await cluster.followers());
    say(`${leader.name} and ${follower.name} do not reach each other`);
    leader.firewall.block([follower.site]);
    await hold(partitionMs);
    say('they do again');
    leader.firewall.open();
  },
};

export const flapping: Fault = {
  about: 'every member in turn is cut off for half a second, again and again',
  async run({ cluster, say, hold }) {
    for (let i = 0; i < 6; i++) {
      const member = cluster.members[i % cluster.members.length] as Member;
      say(`${member.name} is cut off for half a second`);
      member.firewall.block(sites(others(cluster, member)));
      await hold(500);
      member.firewall.open();
      await hold(150);
    }
  },
};

export const packetLoss: Fault = {
  about: 'a tenth of all packets is lost, at every member, each way',
  async run({ cluster, say, hold }) {
    say('10 of 100 packets are lost');
    for (const { firewall } of cluster.members) firewall.lose(10);
    await hold(partitionMs);
    say('none are lost');
    for (const { firewall } of cluster.members) firewall.open();
  },
};

export const slowLink: Fault = {
  about: 'what the leader sends trickles at 400 kbit/s and waits up to half a second',
  async run({ cluster, say, hold }) {
    const leader = await cluster.leader();
    say(`${leader.name} is behind a slow link`);
    leader.firewall.slow(400, 500);
    await hold(partitionMs);
    leader.firewall.open();
    say('the link is fast again');
  },
};

export const delay: Fault = {
  about: 'packets of all members are late by 100 ms, give or take 90, and overtake each other',
  longestPauseMs: majorityPauseMs,
  whyNot({ members }) {
    const [{ firewall } = members[0] as Member] = members;
    const can = firewall.delay(1, 1);
    firewall.open();
    return can ? undefined : 'this kernel has no netem, so that nothing is proven about packets that are late';
  },
  async run({ cluster, say, hold }) {
    say('packets are late');
    for (const { firewall } of cluster.members) firewall.delay(100, 90);
    await hold(partitionMs);
    for (const { firewall } of cluster.members) firewall.open();
  },
};
