import { type Header, KvError, type Logger, type Time } from '@trireme/ports';
import type { WriteAheadLog } from '../log/index.ts';
import { createWatchHub, type WatchHub } from '../mvcc/index.ts';
import { createRaft, membersOf, type Raft } from '../raft/index.ts';
import { type MemberDeps, type MemberOptions, ticksOf } from './options.ts';
import { type Applied, createReplica, type Replica } from './replica.ts';
import type { Request } from './request-codec.ts';
import type { StartState } from './start-up.ts';

/** What one member holds: its voice in consensus, its log, its replica, and who watches it. */
export interface State {
  readonly id: number;
  /** Grows with every start of this member. */
  readonly incarnation: number;
  readonly time: Time;
  readonly logger: Logger;
  readonly options: MemberOptions;
  readonly raft: Raft;
  readonly log: WriteAheadLog;
  readonly replica: Replica;
  readonly hub: WatchHub;
  header(): Header;
  /** Why an answer did not come in time. */
  whyLate(): KvError;
}

export interface StateEvents {
  /** A request of this member, in this life, was applied. */
  readonly ownApplied: Applied;
  /** A command other than a transaction took effect. */
  readonly commanded: (request: Request) => void;
}

export function createState(deps: MemberDeps, options: MemberOptions, start: StartState, events: StateEvents): State {
  const { time, random } = deps;
  const { log, incarnation, meta } = start;
  const id = Number(deps.id);
  const { tickMs: _, ...ticks } = ticksOf(options);
  const raft = createRaft(
    { random: () => random.float(), monotonic: () => time.monotonic() },
    { id, ...ticks },
    start.seed,
  );
  const logger = deps.logger.with({ member: String(deps.id) });
  const isOwn = (request: Request): boolean => request.origin === id && request.incarnation === incarnation;
  const replica = createReplica(
    meta.replica,
    start.space,
    {
      header: () => header(),
      isOwn,
      applied(request, outcome) {
        if (isOwn(request)) events.ownApplied(request, outcome);
      },
      changed: (revision) => hub.publish(revision),
      commanded(request) {
        if (request.command.type === 'compact') hub.wakeAll();
        events.commanded(request);
      },
      mayHalt: () => membersOf(raft.status().config).length > 1,
      halted: () => logger.log('error', 'applying the log needs a value that is damaged here; it waits for a repair'),
    },
    start.isLost,
  );
  const hub = createWatchHub(() => replica.space);
  const header = (): Header => ({
    // What the disk says goes before the option: a restored cluster is another one than that it was saved from.
    clusterId: meta.replica.clusterId,
    memberId: deps.id,
    revision: replica.space.revision,
    raftTerm: raft.status().term,
  });
  const whyLate = (): KvError =>
    log.isFull
      ? new KvError('unavailable', "This member's disk is full. Free space on it. A write may still happen.")
      : new KvError('unavailable', 'No majority of the members answered in time. A write may still happen; try again.');
  return { id, incarnation, time, logger, options, raft, log, replica, hub, header, whyLate };
}
