import { fromUtf8, utf8 } from '@trireme/base';
import { type ConfigChange, createConfiguration, type Entry, type Message } from '../../src/raft/index.ts';
import { createSimMember, type Packet, type SimMember } from './sim-member.ts';

/**
 * Runs protocol scripts: blocks of commands, a line '----', what they print, and an empty line. `settle` lets everybody
 * work until nothing is left to do, and prints each message as it is delivered.
 */
export function runScript(text: string): string {
  const world = createWorld();
  return text
    .trimEnd()
    .split(/\n\n+/)
    .map((block) => {
      const [commands = ''] = block.split('\n----');
      const printed = commands
        .split('\n')
        .flatMap((line) => (line.startsWith('#') || line === '' ? [] : world.run(line)));
      const comments = commands.trimEnd();
      return printed.length > 0 ? `${comments}\n----\n${printed.join('\n')}` : comments;
    })
    .join('\n\n')
    .concat('\n');
}

function createWorld() {
  let members: SimMember[] = [];
  let network: Packet[] = [];
  let cut = new Set<number>();
  const of = (id: string | number | undefined): SimMember => {
    const member = members.find((candidate) => candidate.id === Number(id));
    if (!member) throw new Error(`there is no member ${id}`);
    return member;
  };

  const settle = (): string[] => {
    const printed: string[] = [];
    for (let round = 0; round < 100; round++) {
      for (const member of members) {
        if (!member.alive) continue;
        const before = describe(member);
        network.push(...member.work(), ...member.persist());
        if (describe(member) !== before) printed.push(describe(member));
      }
      if (network.length === 0) return printed;
      const packets = network;
      network = [];
      for (const packet of packets) {
        const { from, to } = packet.message;
        const lost = cut.has(from) || cut.has(to) || !members.find(({ id }) => id === to)?.alive;
        if (!lost || packet.message.type !== 'heartbeat')
          printed.push(`${from}>${to} ${describeMessage(packet.message)}${lost ? ' (lost)' : ''}`);
        if (lost) continue;
        const member = of(to);
        const before = describe(member);
        member.receive(packet);
        if (describe(member) !== before) printed.push(describe(member));
      }
    }
    throw new Error('the members do not come to rest');
  };

  const commands: Readonly<Record<string, (...args: string[]) => string[]>> = {
    cluster(...ids) {
      const learners = ids.filter((id) => id.startsWith('~')).map((id) => Number(id.slice(1)));
      const voters = ids.filter((id) => !id.startsWith('~') && !id.startsWith('+')).map(Number);
      const all = ids.map((id) => Number(id.replace(/^[~+]/, '')));
      // The same timeout for all: scripts say themselves who stands when.
      members = all.map((id) => createSimMember({ id }, createConfiguration(voters, learners), () => 0.5));
      return [];
    },
    campaign: (id) => noticed(of(id), () => of(id).raft.campaign()),
    tick: (id, count = '1') =>
      noticed(of(id), () => {
        for (let i = 0; i < Number(count); i++) of(id).raft.tick();
      }),
    propose: (id, data = '') => [of(id).raft.propose([{ kind: 'normal', data: utf8(data) }])],
    read: (id, context) => [String(of(id).raft.readIndex(Number(context)))],
    reads: (id) =>
      of(id)
        .reads.splice(0)
        .map(({ context, index }) => `${id} may answer read ${context} at ${index}`),
    transfer: (id, to) => [String(of(id).raft.transferLeadership(Number(to)))],
    change: (id, ...changes) => [
      of(id).raft.propose([{ kind: 'config', change: parseChange(changes), data: utf8('') }]),
    ],
    settle,
    cut: (...ids) => {
      cut = new Set(ids.map(Number));
      return [];
    },
    crash: (id) => quietly(() => of(id).crash()),
    restart: (id) => quietly(() => of(id).restart()),
    compact: (id) => quietly(() => of(id).compact()),
    log(id) {
      const { first, last, committed } = of(id).raft.status();
      return [`${id} has ${first}-${last}, committed ${committed}: ${of(id).applied.slice(1).join(' ')}`];
    },
  };

  return {
    run(line: string): string[] {
      const [name = '', ...args] = line.split(' ');
      const command = commands[name];
      if (!command) throw new Error(`there is no command '${name}'`);
      return command(...args);
    },
  };
}

function quietly(action: () => void): string[] {
  action();
  return [];
}

/** Says what the action made of the member, if anything. */
function noticed(member: SimMember, action: () => void): string[] {
  const before = describe(member);
  action();
  return describe(member) === before ? [] : [describe(member)];
}

function parseChange(changes: readonly string[]): ConfigChange {
  const types = { '+': 'add-voter', '~': 'add-learner', '-': 'remove' } as const;
  return {
    changes: changes.map((text) => ({ type: types[text[0] as keyof typeof types], id: Number(text.slice(1)) })),
    transition: 'auto',
  };
}

function describe({ id, raft }: SimMember): string {
  const { role, term, leader, committed, config } = raft.status();
  const joint = config.votersOutgoing.length > 0 ? ` & ${config.votersOutgoing.join(' ')}` : '';
  const learners = config.learners.length > 0 ? ` learners ${config.learners.join(' ')}` : '';
  const voters = `voters ${config.voters.join(' ')}${joint}${learners}`;
  return `  ${id} is ${role} in term ${term}, leader ${leader}, commit ${committed}, ${voters}`;
}

function describeEntry(entry: Entry): string {
  const what = entry.kind === 'config' ? 'config' : fromUtf8(entry.data) || 'empty';
  return `${entry.term}/${entry.index} ${what}`;
}

function describeMessage(message: Message): string {
  const term = `t${message.term}`;
  switch (message.type) {
    case 'vote':
      return `${message.pre ? 'pre-vote' : 'vote'} ${term} log ${message.lastTerm}/${message.lastIndex}${message.transfer ? ' transfer' : ''}`;
    case 'vote-response':
      return `${message.pre ? 'pre-vote' : 'vote'} ${term} ${message.granted ? 'granted' : 'refused'}`;
    case 'append':
      return `append ${term} after ${message.prevTerm}/${message.prevIndex} [${message.entries.map(describeEntry).join(', ')}] commit ${message.commit}`;
    case 'append-response':
      return message.refusal
        ? `refuses ${term} ${message.index}, try ${message.refusal.hintTerm}/${message.refusal.hintIndex}`
        : `has ${term} ${message.index}`;
    case 'heartbeat':
      return `heartbeat ${term} commit ${message.commit} round ${message.readRound}`;
    case 'heartbeat-response':
      return `heartbeat ${term} heard round ${message.readRound}`;
    case 'snapshot':
      return `snapshot ${term} at ${message.snapshot.term}/${message.snapshot.index}`;
    case 'read-index':
      return `read ${message.context}`;
    case 'read-index-response':
      return `read ${message.context} at ${message.index}`;
    case 'propose':
      return `propose ${message.entries.length}`;
    case 'transfer':
      return `transfer to ${message.target}`;
    case 'timeout-now':
      return `timeout-now ${term}`;
  }
}
