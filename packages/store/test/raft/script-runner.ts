import { fromUtf8, utf8 } from '@trireme/base';
import {
  type ConfigChange,
  createConfiguration,
  type Entry,
  type MemberId,
  type Message,
  type RaftOptions,
  type RaftStatus,
} from '../../src/raft/index.ts';
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
  let blocked = new Set<string>();
  let slow = new Set<number>();
  /** Messages of this type to this member wait here instead of arriving. */
  let holding: readonly [to: number, type: string] = [0, ''];
  let held: Packet[] = [];
  let clockMs = 0;
  let options: Partial<RaftOptions> = {};
  const of = (id: string | number | undefined): SimMember => {
    const member = members.find((candidate) => candidate.id === Number(id));
    if (!member) throw new Error(`there is no member ${id}`);
    return member;
  };

  const settle = (rounds = Number.POSITIVE_INFINITY): string[] => {
    const printed: string[] = [];
    for (let round = 0; round < 100; round++) {
      if (round >= rounds) return printed;
      for (const member of members) {
        if (!member.alive) continue;
        const before = describe(member);
        network.push(...member.work());
        if (!slow.has(member.id)) while (member.waiting > 0) network.push(...member.persist());
        if (describe(member) !== before) printed.push(describe(member));
      }
      if (network.length === 0) return printed;
      const packets = network;
      network = [];
      for (const packet of packets) {
        const { from, to } = packet.message;
        if (to === holding[0] && packet.message.type === holding[1]) {
          held.push(packet);
          continue;
        }
        const away = cut.has(from) || cut.has(to) || blocked.has(`${from}>${to}`);
        const lost = away || !members.find(({ id }) => id === to)?.alive;
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

  /** All do what they have to, and only who ends up as what is printed: the way there is told in another script. */
  const briefly = (): string[] => {
    settle();
    return members.filter(({ alive }) => alive).map(describe);
  };

  const commands: Readonly<Record<string, (...args: string[]) => string[]>> = {
    cluster(...ids) {
      const learners = ids.filter((id) => id.startsWith('~')).map((id) => Number(id.slice(1)));
      const voters = ids.filter((id) => !id.startsWith('~') && !id.startsWith('+')).map(Number);
      const all = ids.map((id) => Number(id.replace(/^[~+]/, '')));
      // The same timeout for all: scripts say themselves who stands when.
      const deps = { random: () => 0.5, monotonic: () => clockMs };
      members = all.map((id) => createSimMember({ id, ...options }, createConfiguration(voters, learners), deps));
      return [];
    },
    /** Before `cluster`: name=number for every option of the core that is not the default. */
    options(...pairs) {
      options = Object.fromEntries(pairs.map((pair) => pair.split('=')).map(([name, value]) => [name, Number(value)]));
      return [];
    },
    elect(id) {
      of(id).raft.campaign();
      return briefly();
    },
    briefly,
    clock: (ms) => quietly(() => (clockMs += Number(ms))),
    'lose-peer': (id, peer) => noticed(of(id), () => of(id).raft.peerLost(Number(peer))),
    block: (...ways) => quietly(() => (blocked = new Set(ways))),
    hold: (id, type = '') => quietly(() => (holding = [Number(id), type])),
    /** What was held arrives; `again`: and will once more. */
    release(again) {
      holding = [0, ''];
      network.push(...held);
      if (!again) held = [];
      return [];
    },
    damage: (id, keep) => noticed(of(id), () => of(id).damage(Number(keep))),
    progress: (id) => Array.from(of(id).raft.status().progress, ([peer, progress]) => describeProgress(peer, progress)),
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
    /** As `change`, through a joint configuration that is left only when told so by a change of nothing. */
    joint: (id, ...changes) => [
      of(id).raft.propose([
        {
          kind: 'config',
          change: { changes: parseChange(changes).changes, transition: 'joint-explicit' },
          data: utf8(''),
        },
      ]),
    ],
    /** Nothing reaches the disks of these: what depends on them is seen to wait. */
    'slow-disk': (...ids) => quietly(() => (slow = new Set(ids.map(Number)))),
    /** As `settle`, so far and no farther. */
    rounds: (count) => settle(Number(count)),
    settle: () => settle(),
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

type ProgressStatus = RaftStatus['progress'] extends ReadonlyMap<MemberId, infer P> ? P : never;

function quietly(action: () => unknown): string[] {
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
  const { role, term, leader, committed, config, repair } = raft.status();
  const joint = config.votersOutgoing.length > 0 ? ` & ${config.votersOutgoing.join(' ')}` : '';
  const learners = config.learners.length > 0 ? ` learners ${config.learners.join(' ')}` : '';
  const voters = `voters ${config.voters.join(' ')}${joint}${learners}`;
  return `  ${id} is ${role} in term ${term}, leader ${leader}, commit ${committed}, ${voters}${repair ? ', under repair' : ''}`;
}

function describeProgress(id: MemberId, progress: ProgressStatus): string {
  const { state, match, next, inflight, probeSent } = progress;
  const waits = state === 'probe' && probeSent ? ', waits' : '';
  return `  ${id}: ${state}, has ${match}, next ${next}, ${inflight.length} on the way${waits}`;
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
        ? `refuses ${term} ${message.index}, try ${message.refusal.hintTerm}/${message.refusal.hintIndex}${message.refusal.lost ? ', lost what it had' : ''}`
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
