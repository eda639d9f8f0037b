import type { Member, MemberStatus } from '@trireme/store';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';

/** Looks at a member after each of its events. */
export interface MemberMonitor {
  look(machine: Machine): void;
  /** A new process looks back on nothing. */
  started(machine: Machine, member: Member): void;
}

interface Seen {
  readonly life: number;
  term: number;
  applied: number;
  committed: number;
  revision: number;
  compactRevision: number;
  leads: boolean;
}

/**
 * One leader per term; equal state at equal places of the log; terms, commit indexes and revisions only grow within a
 * process.
 */
export function createMemberMonitor(world: World): MemberMonitor {
  const leaders = new Map<number, string>();
  const states = new Map<number, { readonly text: string; readonly by: bigint }>();
  const seen = new Map<bigint, Seen>();

  const lead = (machine: Machine, term: number): void => {
    const name = `${machine.id} in its life ${machine.life}`;
    const other = leaders.get(term);
    if (other !== undefined && other !== name)
      world.fail('one-leader', `term ${term} is led by member ${other} and by member ${name}`);
    leaders.set(term, name);
    world.count('leaders');
    world.trace(`member ${machine.id} leads term ${term}`);
    world.elected(machine);
  };
  const compare = (machine: Machine, status: MemberStatus): void => {
    const { appliedIndex, revision, compactRevision, config } = status;
    const text = `revision ${revision}, compacted at ${compactRevision}, ${describeConfig(config)}`;
    const other = states.get(appliedIndex);
    if (!other) states.set(appliedIndex, { text, by: machine.id });
    else if (other.text !== text)
      world.fail(
        'equal-states',
        `having applied entry ${appliedIndex}, member ${other.by} is at ${other.text}, and member ${machine.id} at ${text}`,
      );
  };

  const monitor: MemberMonitor = {
    started(machine, member) {
      seen.set(machine.id, {
        life: machine.life,
        term: 0,
        applied: 0,
        committed: 0,
        revision: 0,
        compactRevision: 0,
        leads: false,
      });
      member.onLeadership((leads) => {
        if (!leads) world.trace(`member ${machine.id} does not lead any more`);
      });
      monitor.look(machine);
    },
    look(machine) {
      const { member } = machine;
      const before = seen.get(machine.id);
      if (!member || !before || before.life !== machine.life) return;
      const status = member.status();
      const { term, appliedIndex, committedIndex, revision, compactRevision } = status;
      const leads = status.role === 'leader';
      if (leads && (!before.leads || term !== before.term)) lead(machine, term);
      const fell = [
        ['term', before.term, term],
        ['commit index', before.committed, committedIndex],
        ['applied index', before.applied, appliedIndex],
        ['revision', before.revision, revision],
        ['compact revision', before.compactRevision, compactRevision],
      ].find(([, was, is]) => (is as number) < (was as number));
      if (fell) world.fail('only-grow', `the ${fell[0]} of member ${machine.id} fell from ${fell[1]} to ${fell[2]}`);
      if (appliedIndex !== before.applied) compare(machine, status);
      Object.assign(before, {
        leads,
        term,
        applied: appliedIndex,
        committed: committedIndex,
        revision,
        compactRevision,
      });
    },
  };
  return monitor;
}

function describeConfig(config: MemberStatus['config']): string {
  const { voters, votersOutgoing, learners, learnersNext } = config;
  return `voters ${voters}|${votersOutgoing}, learners ${learners}|${learnersNext}`;
}
