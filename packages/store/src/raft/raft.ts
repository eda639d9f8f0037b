import { invariant } from '@trireme/base';
import { emptyConfiguration } from './configuration.ts';
import { campaign, countVote, isPromotable } from './election.ts';
import { applyConfig, maybeLeaveJoint, proposeAsLeader, recordOwnMatch, reportSnapshot, tickLeader } from './leader.ts';
import { becomeFollower, losePeer, type Node, type RaftOptions, send } from './node.ts';
import { becomeProbe, type Progress } from './progress.ts';
import { createRaftLog } from './raft-log.ts';
import { addRead, flushReads } from './read-index.ts';
import { flushAppends } from './replication.ts';
import { handOver, step } from './step.ts';
import {
  type Configuration,
  type Entry,
  type EntryContent,
  type HardState,
  type LogIndex,
  type MemberId,
  type Message,
  noMember,
  type ProposalOutcome,
  type Ready,
  type RepairNeed,
  type Role,
  type Term,
} from './types.ts';

export interface RaftDeps {
  /** Uniform in [0, 1); spreads election timeouts. */
  readonly random: () => number;
  /** Milliseconds that never run backwards. Needed with `leaseMs` only. */
  readonly monotonic?: () => number;
}

/** What a member starts from: empty for a new one, else what its disk held. */
export interface RaftSeed {
  readonly hardState: HardState;
  /** As of `applied`. */
  readonly config: Configuration;
  /** The entry just before `entries`. */
  readonly mark: { readonly index: LogIndex; readonly term: Term };
  readonly entries: readonly Entry[];
  readonly applied: LogIndex;
  /** The log is not whole: the member votes for nobody until it got back what it may have acknowledged. */
  readonly repair?: RepairNeed | undefined;
}

/** What is kept of the log behind the place up to which it could be forgotten. */
export interface LogKeeping {
  readonly entries: number;
  readonly bytes: number;
  /** More than that: everything behind this index, but no more than these bytes. */
  readonly needed?: { readonly behind: LogIndex; readonly bytes: number };
}

export interface RaftStatus {
  readonly id: MemberId;
  readonly role: Role;
  readonly term: Term;
  readonly leader: MemberId;
  readonly config: Configuration;
  readonly committed: LogIndex;
  readonly applied: LogIndex;
  readonly first: LogIndex;
  readonly last: LogIndex;
  readonly transferee: MemberId;
  /** Leader only: no change of the membership may be proposed before this is applied. */
  readonly pendingConfigIndex: LogIndex;
  /** What the log still lacks of what it may have acknowledged. */
  readonly repair: (RepairNeed & { readonly matched: LogIndex }) | undefined;
  readonly progress: ReadonlyMap<MemberId, Readonly<Progress>>;
}

/**
 * Consensus as a state machine: it changes memory only. Feed it messages and ticks, do what `ready` says, and tell
 * `advance` what was done. It reads no clock and starts nothing.
 */
export interface Raft {
  status(): RaftStatus;
  tick(): void;
  step(message: Message): void;
  propose(entries: readonly EntryContent[]): ProposalOutcome;
  /** Asks for a linearizable read; the answer comes in a ready under the same context. False: no leader to ask. */
  readIndex(context: number): boolean;
  /** Stands for election now. */
  campaign(): void;
  /** Hands the lead to a voter; 0 picks the best. False where there is nobody to ask or to hand over to. */
  transferLeadership(target: MemberId): boolean;
  /**
   * Entries from `from` on that were applied already, at least one if there is any, then as many as fit: for a host that
   * has to apply them again. Undefined where the log begins later.
   */
  appliedFrom(from: LogIndex, maxBytes: number): readonly Entry[] | undefined;
  hasReady(): boolean;
  ready(): Ready;
  /** `persisted`: the number of the last ready that is on the disk. `applied`: the last entry that was applied. */
  advance(done: { readonly persisted?: number; readonly applied?: LogIndex }): void;
  /** A message to this member was not delivered. */
  reportUnreachable(id: MemberId): void;
  /** The connection from this member broke: its process may be dead. If it led, the next election comes soon. */
  peerLost(id: MemberId): void;
  /** How sending a snapshot ended. */
  reportSnapshot(id: MemberId, arrived: boolean): void;
  /**
   * Forgets entries up to `index`, whose effect the host has on its disk, but keeps some for followers that lag. Returns
   * the last index that was forgotten.
   */
  compact(index: LogIndex, keep?: LogKeeping): LogIndex;
}

export const emptySeed: RaftSeed = {
  hardState: { term: 0, vote: noMember, commit: 0 },
  config: emptyConfiguration,
  mark: { index: 0, term: 0 },
  entries: [],
  applied: 0,
};

const defaults = {
  electionTicks: 10,
  heartbeatTicks: 1,
  leaseMs: 0,
  maxAppendBytes: 1 << 20,
  maxInflightMessages: 256,
  maxInflightBytes: 16 << 20,
  maxUncommittedBytes: 64 << 20,
  maxApplyBytes: 1 << 20,
};

export function createRaft(
  deps: RaftDeps,
  options: Partial<RaftOptions> & Pick<RaftOptions, 'id'>,
  seed: RaftSeed = emptySeed,
): Raft {
  invariant(Number.isSafeInteger(options.id) && options.id > 0, `a member id is a positive integer, got ${options.id}`);
  const node = createNode(deps, { ...defaults, ...options }, seed);
  return {
    status: () => statusOf(node),
    tick: () => tick(node),
    step: (message) => step(node, message),
    propose: (entries) => propose(node, entries),
    readIndex: (context) => readIndex(node, context),
    campaign: () => campaign(node, 'pre-vote'),
    transferLeadership: (target) => handOver(node, target),
    appliedFrom: (from, maxBytes) =>
      from < node.log.first ? undefined : node.log.slice(from, maxBytes, Math.max(node.log.applied, from - 1)),
    hasReady: () => hasReady(node),
    ready: () => takeReady(node),
    advance: (done) => advance(node, done),
    reportUnreachable(id) {
      const progress = node.progress.get(id);
      if (progress?.state === 'replicate') becomeProbe(progress);
    },
    peerLost: (id) => losePeer(node, id),
    reportSnapshot(id, arrived) {
      const progress = node.progress.get(id);
      if (progress) reportSnapshot(progress, arrived);
    },
    compact(index, { entries, bytes, needed } = { entries: 0, bytes: 0 }) {
      const { log } = node;
      const wanted = needed
        ? Math.max(needed.behind, log.keepBehind(index, Number.MAX_SAFE_INTEGER, needed.bytes))
        : index;
      const upTo = Math.min(log.keepBehind(index, entries, bytes), wanted);
      node.log.compact(upTo);
      return upTo;
    },
  };
}

function createNode(deps: RaftDeps, options: RaftOptions, seed: RaftSeed): Node {
  const { hardState } = seed;
  const node: Node = {
    options,
    id: options.id,
    random: deps.random,
    monotonic: deps.monotonic ?? (() => 0),
    log: createRaftLog({ snapshot: seed.mark, entries: seed.entries, commit: hardState.commit, applied: seed.applied }),
    config: seed.config,
    term: hardState.term,
    vote: hardState.vote,
    role: 'follower',
    leader: noMember,
    electionElapsed: 0,
    heartbeatElapsed: 0,
    electionTimeout: 0,
    leaderLost: false,
    lostTries: 0,
    quietTicks: options.leaseMs > 0 ? options.electionTicks : 0,
    repair: seed.repair && { ...seed.repair, matched: 0 },
    votes: new Map(),
    progress: new Map(),
    transferee: noMember,
    transferElapsed: 0,
    handedOver: false,
    beat: 0,
    pendingConfigIndex: 0,
    uncommittedBytes: 0,
    earlyReads: [],
    nextReads: [],
    askedReads: [],
    readRound: 0,
    readAcks: new Map(),
    sentRounds: [],
    leaseUntilMs: 0,
    messages: [],
    messagesAfterPersist: [],
    reads: [],
    snapshot: undefined,
    selfVoteTerm: 0,
    handedConfigs: [],
    lastHardState: hardState,
    readyNumber: 0,
    persisting: [],
  };
  becomeFollower(node, hardState.term, noMember);
  return node;
}

function statusOf(node: Node): RaftStatus {
  const { id, role, term, leader, config, transferee, pendingConfigIndex, repair, progress, log } = node;
  const { committed, applied, first, last } = log;
  return {
    id,
    role,
    term,
    leader,
    config,
    committed,
    applied,
    first,
    last,
    transferee,
    pendingConfigIndex,
    repair,
    progress,
  };
}

function tick(node: Node): void {
  if (node.role === 'leader') {
    tickLeader(node);
    return;
  }
  node.electionElapsed += 1;
  node.quietTicks = Math.max(0, node.quietTicks - 1);
  if (node.electionElapsed < node.electionTimeout || !isPromotable(node)) return;
  node.electionElapsed = 0;
  campaign(node, 'pre-vote');
}

function propose(node: Node, entries: readonly EntryContent[]): ProposalOutcome {
  if (node.role === 'leader') return proposeAsLeader(node, entries);
  if (node.leader === noMember) return 'no-leader';
  send(node, node.leader, { type: 'propose', entries }, 0);
  return 'forwarded';
}

function readIndex(node: Node, context: number): boolean {
  if (node.role === 'leader') addRead(node, { from: node.id, context });
  else if (node.leader === noMember) return false;
  else send(node, node.leader, { type: 'read-index', context }, 0);
  return true;
}

function hasReady(node: Node): boolean {
  if (node.role === 'leader') {
    flushAppends(node);
    flushReads(node);
  }
  const { log, lastHardState: last } = node;
  return (
    node.messages.length > 0 ||
    node.messagesAfterPersist.length > 0 ||
    node.reads.length > 0 ||
    node.snapshot !== undefined ||
    node.selfVoteTerm !== 0 ||
    log.hasUnstable ||
    log.applying < log.committed ||
    last.term !== node.term ||
    last.vote !== node.vote
  );
}

function takeReady(node: Node): Ready {
  if (node.role === 'leader') {
    flushAppends(node);
    flushReads(node);
  }
  const { log, lastHardState: last } = node;
  const entries = log.takeUnstable();
  const committed = log.takeCommitted(node.options.maxApplyBytes);
  for (const entry of committed)
    if (entry.kind === 'config') node.handedConfigs.push({ index: entry.index, change: entry.change });
  const hardState: HardState = { term: node.term, vote: node.vote, commit: log.committed };
  const changedVote = last.term !== hardState.term || last.vote !== hardState.vote;
  const ready: Ready = {
    number: ++node.readyNumber,
    messages: node.messages,
    messagesAfterPersist: node.messagesAfterPersist,
    snapshot: node.snapshot,
    entries,
    hardState: changedVote || last.commit !== hardState.commit ? hardState : undefined,
    // That the membership changed must outlive a crash: the votes of those who left may never be had again.
    mustSync:
      changedVote ||
      entries.length > 0 ||
      node.snapshot !== undefined ||
      committed.some((entry) => entry.kind === 'config'),
    committed,
    reads: node.reads,
  };
  node.persisting.push({
    number: ready.number,
    lastIndex: log.last,
    lastTerm: log.lastTerm,
    selfVoteTerm: node.selfVoteTerm,
    repaired: isRepaired(node),
  });
  node.lastHardState = hardState;
  node.messages = [];
  node.messagesAfterPersist = [];
  node.reads = [];
  node.snapshot = undefined;
  node.selfVoteTerm = 0;
  return ready;
}

function isRepaired({ repair, log }: Node): boolean {
  if (!repair) return false;
  return repair.matched >= repair.floor || (log.termAt(log.committed) ?? 0) > repair.term;
}

function advance(node: Node, done: { readonly persisted?: number; readonly applied?: LogIndex }): void {
  while (node.persisting[0] && node.persisting[0].number <= (done.persisted ?? 0)) {
    const { lastIndex, lastTerm, selfVoteTerm, repaired } = node.persisting.shift() as Node['persisting'][number];
    node.log.stableTo(lastIndex, lastTerm);
    if (repaired && isRepaired(node)) node.repair = undefined;
    if (selfVoteTerm === node.term && node.role === 'candidate') countVote(node, node.id, true);
  }
  if (done.persisted !== undefined && node.role === 'leader') recordOwnMatch(node);
  if (done.applied === undefined) return;
  node.log.appliedTo(done.applied);
  while (node.handedConfigs[0] && node.handedConfigs[0].index <= done.applied)
    applyConfig(node, (node.handedConfigs.shift() as Node['handedConfigs'][number]).change);
  maybeLeaveJoint(node);
}
