import { fromUtf8, utf8 } from '@trireme/base';
import { createSeededRandom, type SeededRandom } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { type ConfigChange, createConfiguration, type Entry } from '../../src/raft/index.ts';
import { createSimMember, type Packet, type SimMember } from './sim-member.ts';

/** Everything that must hold, looked at after every step. */
function createChecker(members: readonly SimMember[]) {
  const leaders = new Map<number, number>();
  const committed: string[] = [];
  const reads: { readonly context: number; readonly index: number }[] = [];
  const known = new Map<string, string | number>();
  return {
    committed,
    reads,
    check(): void {
      for (const member of members) {
        if (!member.alive) continue;
        const { role, term } = member.raft.status();
        if (role === 'leader') {
          const other = leaders.get(term);
          if (other !== undefined && other !== member.id)
            throw new Error(`term ${term} has two leaders: ${other} and ${member.id}`);
          if (other === undefined) checkCompleteness(member, committed);
          leaders.set(term, member.id);
        }
        for (let index = 1; index < member.applied.length; index++) {
          const entry = member.applied[index] as string;
          committed[index] ??= entry;
          if (committed[index] !== entry)
            throw new Error(`${member.id} applied ${entry} where ${committed[index]} was applied`);
        }
      }
      for (const member of members) reads.push(...member.reads.splice(0));
    },
    checkLogs: () => checkMatching(members, known),
  };
}

const textOf = (entry: Entry): string =>
  `${entry.term}/${entry.index}:${entry.kind === 'normal' ? fromUtf8(entry.data) : JSON.stringify(entry.change.changes)}`;

/** Leader completeness: whoever is elected has everything that was committed before. */
function checkCompleteness(leader: SimMember, committed: readonly string[]): void {
  const log = leader.log();
  const first = log[0]?.index;
  if (first === undefined) return;
  for (let index = first; index < committed.length; index++) {
    const own = log[index - first];
    if (!own || textOf(own) !== committed[index])
      throw new Error(`${leader.id} leads without ${committed[index]}: it has ${own ? textOf(own) : 'nothing there'}`);
  }
}

/** Log matching: the same term at the same place means the same entry, and the same before it. */
function checkMatching(members: readonly SimMember[], known: Map<string, string | number>): void {
  for (const member of members) {
    let before: Entry | undefined;
    for (const entry of member.log()) {
      const key = `${entry.term}/${entry.index}`;
      const text = textOf(entry);
      if ((known.get(key) ?? text) !== text) throw new Error(`${key} is ${known.get(key)} and ${text}`);
      known.set(key, text);
      const behind = `behind ${key}`;
      if (before && (known.get(behind) ?? before.term) !== before.term)
        throw new Error(
          `before ${key} stands a term ${before.term} on ${member.id}, and elsewhere ${known.get(behind)}`,
        );
      if (before) known.set(behind, before.term);
      before = entry;
    }
  }
}

function randomChange(random: SeededRandom): ConfigChange {
  const type = random.pick(['add-voter', 'add-learner', 'remove'] as const);
  const changes = [{ type, id: 1 + random.below(5) }];
  if (random.chance(0.5))
    changes.push({ type: random.pick(['add-voter', 'remove'] as const), id: 1 + random.below(5) });
  return { changes, transition: random.pick(['auto', 'joint-implicit'] as const) };
}

function simulate(
  seed: number,
  steps: number,
  changeMembership: boolean,
): { committed: number; lost: number; reads: number } {
  const random = createSeededRandom(seed);
  const config = createConfiguration([1, 2, 3]);
  const limits = { electionTicks: 10, maxAppendBytes: 120, maxInflightMessages: 4, maxApplyBytes: 200 };
  const members = [1, 2, 3, 4, 5].map((id) =>
    createSimMember({ id, ...limits }, config, { random: () => random.float() }),
  );
  const checker = createChecker(members);
  const network: Packet[] = [];
  const minimumIndex = new Map<number, number>();
  let blocked = new Set<number>();
  let proposed = 0;
  let context = 0;
  const of = (id: number): SimMember => members[id - 1] as SimMember;
  const post = (packets: readonly Packet[]): void => {
    for (const packet of packets) {
      const { from, to } = packet.message;
      if (random.chance(0.05) || blocked.has(from) !== blocked.has(to)) continue;
      network.push(packet);
      if (random.chance(0.03)) network.push(packet);
    }
  };
  const faults = (member: SimMember): void => {
    if (random.chance(0.004)) member.alive ? member.crash() : member.restart();
    else if (!member.alive && random.chance(0.05)) member.restart();
    if (random.chance(0.002)) blocked = new Set([1 + random.below(5), 1 + random.below(5)]);
    if (random.chance(0.02)) blocked = new Set();
    if (member.alive && random.chance(0.01)) member.raft.peerLost(1 + random.below(5));
    // One at a time, and never among two voters: from damage on half of them nothing can be rebuilt.
    if (!changeMembership && random.chance(0.003) && members.every(({ isWhole }) => isWhole))
      member.damage(random.below(1000));
    if (member.alive && random.chance(0.01)) member.compact();
    if (member.alive && random.chance(0.005)) member.raft.transferLeadership(1 + random.below(5));
    if (member.alive && changeMembership && random.chance(0.01)) {
      const change = randomChange(random);
      member.raft.propose([{ kind: 'config', change, data: utf8('') }]);
    }
  };
  const act = (member: SimMember): void => {
    if (random.chance(0.25)) member.raft.tick();
    if (random.chance(0.1)) member.raft.propose([{ kind: 'normal', data: utf8(`p${++proposed}`) }]);
    if (random.chance(0.05)) {
      minimumIndex.set(++context, checker.committed.length - 1);
      member.raft.readIndex(context);
    }
    post(member.work());
    if (member.waiting > 0 && random.chance(0.5)) post(member.persist());
  };
  for (let step = 0; step < steps; step++) {
    const member = random.pick(members);
    faults(member);
    if (member.alive) act(member);
    for (let i = 0; i < 2 && network.length > 0; i++) {
      const [packet] = network.splice(random.below(network.length), 1) as [Packet];
      if (of(packet.message.to).alive) of(packet.message.to).receive(packet);
    }
    checker.check();
    if (step % 40 === 0) checker.checkLogs();
  }
  calmDown(members, network);
  checker.check();
  for (const read of checker.reads) {
    const minimum = minimumIndex.get(read.context) ?? 0;
    if (read.index < minimum) throw new Error(`a read saw ${read.index} although ${minimum} was applied before`);
  }
  const leader = members.find((member) => member.alive && member.raft.status().role === 'leader');
  if (!leader) throw new Error('no leader although the network is calm');
  const lost = checker.committed.filter((entry, index) => index > 0 && leader.applied[index] !== entry).length;
  return { committed: checker.committed.length, lost, reads: checker.reads.length };
}

/** No more faults: whatever was committed must come out everywhere. */
function calmDown(members: readonly SimMember[], network: Packet[]): void {
  for (const member of members) if (!member.alive) member.restart();
  for (let round = 0; round < 200; round++) {
    for (const member of members) {
      member.raft.tick();
      for (let i = 0; i < 5; i++) {
        network.push(...member.work());
        network.push(...member.persist());
      }
    }
    for (const packet of network.splice(0)) members[packet.message.to - 1]?.receive(packet);
  }
}

describe('raft under random faults', () => {
  for (const changeMembership of [false, true]) {
    it(`is safe and lives on${changeMembership ? ' while its membership changes' : ''}`, () => {
      let committed = 0;
      let reads = 0;
      for (let seed = 1; seed <= 60; seed++) {
        try {
          const run = simulate(seed, 1500, changeMembership);
          expect(run.lost).toBe(0);
          committed += run.committed;
          reads += run.reads;
        } catch (error) {
          throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
        }
      }
      expect(committed).toBeGreaterThan(1000);
      expect(reads).toBeGreaterThan(500);
    });
  }
});
