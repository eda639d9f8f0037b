import type { Progress } from './progress.ts';
import type { RaftLog } from './raft-log.ts';
import {
  type ConfigChange,
  type Configuration,
  type HardState,
  type LogIndex,
  type MemberId,
  type Message,
  type MessageContent,
  noMember,
  type RepairNeed,
  type Role,
  type SnapshotMark,
  type Term,
} from './types.ts';

export interface RaftOptions {
  readonly id: MemberId;
  /** Without word from a leader for this long to twice this long, a voter stands for election. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /**
   * For how long after it sent a round of heartbeats that a quorum answered, the leader answers reads without asking
   * again; 0: never. It must be shorter than `electionTicks` by the slowest clock of any member, since for so long nobody
   * who answered votes for another. All members of a cluster must have it, or none.
   */
  readonly leaseMs: number;
  readonly maxAppendBytes: number;
  readonly maxInflightMessages: number;
  readonly maxInflightBytes: number;
  /** Beyond this, proposals are refused as `busy`. */
  readonly maxUncommittedBytes: number;
  /** How much one `ready` hands out to apply, so that applying never holds the host for long. */
  readonly maxApplyBytes: number;
}

export interface ReadRequest {
  readonly from: MemberId;
  readonly context: number;
}

/** What a ready that is being persisted will change once it is on the disk. */
export interface PendingPersist {
  readonly number: number;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  /** The term in which this member's vote for itself counts from then on; 0 for none. */
  readonly selfVoteTerm: Term;
  /** With it the log is whole again. */
  readonly repaired: boolean;
}

/** The whole mutable state of one member, shared by the functions beside this file and by nobody else. */
export interface Node {
  readonly options: RaftOptions;
  readonly id: MemberId;
  readonly random: () => number;
  /** Milliseconds that never run backwards; asked for leases only. */
  readonly monotonic: () => number;
  readonly log: RaftLog;
  config: Configuration;
  term: Term;
  vote: MemberId;
  role: Role;
  leader: MemberId;
  electionElapsed: number;
  heartbeatElapsed: number;
  electionTimeout: number;
  /** The connection to the leader broke, which a dead process looks like: no reason to wait a whole timeout. */
  leaderLost: boolean;
  /** Elections tried since then; each waits longer, up to the ordinary timeout. */
  lostTries: number;
  /** With leases: ticks after a start in which it votes for nobody, as it may have promised before. */
  quietTicks: number;
  /** Undefined while this member's log is whole. `matched`: up to there it is as the leader's. */
  repair: (RepairNeed & { matched: LogIndex }) | undefined;
  votes: Map<MemberId, boolean>;
  /** Leader only: everybody who is sent the log, this member included. */
  progress: Map<MemberId, Progress>;
  transferee: MemberId;
  transferElapsed: number;
  /** A successor was told to stand in this term: from then on somebody else may lead at any time. */
  handedOver: boolean;
  /** Counts heartbeats of the clock, beside those that reads ask for. */
  beat: number;
  /** No change of the membership may be proposed before this index is applied. */
  pendingConfigIndex: LogIndex;
  uncommittedBytes: number;
  /** Leader only: reads that wait for the first commit of the term, for the next round, and for a round's answers. */
  earlyReads: ReadRequest[];
  nextReads: ReadRequest[];
  askedReads: { readonly round: number; readonly index: LogIndex; readonly requests: readonly ReadRequest[] }[];
  readRound: number;
  readAcks: Map<MemberId, number>;
  /** With leases: when each unanswered round left, and until when the last answered one is good. */
  sentRounds: { readonly round: number; readonly sentMs: number }[];
  leaseUntilMs: number;
  /** What the next ready carries. */
  messages: Message[];
  messagesAfterPersist: Message[];
  reads: { readonly context: number; readonly index: LogIndex }[];
  snapshot: SnapshotMark | undefined;
  selfVoteTerm: Term;
  /** Config entries that were handed out, to take effect when they are applied. */
  handedConfigs: { readonly index: LogIndex; readonly change: ConfigChange }[];
  lastHardState: HardState;
  readyNumber: number;
  persisting: PendingPersist[];
}

export function send(node: Node, to: MemberId, content: MessageContent, term = node.term): void {
  node.messages.push({ from: node.id, to, term, ...content });
}

/** For answers that promise something which must be on the disk first. */
export function sendAfterPersist(node: Node, to: MemberId, content: MessageContent, term = node.term): void {
  node.messagesAfterPersist.push({ from: node.id, to, term, ...content });
}

function reset(node: Node, term: Term): void {
  if (term !== node.term) {
    node.term = term;
    node.vote = noMember;
  }
  node.leader = noMember;
  node.electionElapsed = 0;
  node.heartbeatElapsed = 0;
  node.electionTimeout = drawTimeout(node);
  node.votes = new Map();
  node.progress = new Map();
  node.transferee = noMember;
  node.transferElapsed = 0;
  node.handedOver = false;
  node.pendingConfigIndex = 0;
  node.uncommittedBytes = 0;
  node.earlyReads = [];
  node.nextReads = [];
  node.askedReads = [];
  node.readAcks = new Map();
  node.sentRounds = [];
  node.leaseUntilMs = 0;
}

/** Spread, so that members do not stand for election at the same time (paper section 5.2). */
function drawTimeout(node: Node): number {
  const { electionTicks, heartbeatTicks } = node.options;
  if (!node.leaderLost) return electionTicks + Math.floor(node.random() * electionTicks);
  const window = Math.min(electionTicks, heartbeatTicks * 2 ** Math.min(node.lostTries, 10));
  return 1 + Math.floor(node.random() * window);
}

/** The connection to a member broke. If it led, the next election comes soon; a pre-vote disturbs nobody if it lives. */
export function losePeer(node: Node, id: MemberId): void {
  // A lease counts on every follower to wait out the whole election timeout.
  if (id !== node.leader || node.role !== 'follower' || node.options.leaseMs > 0) return;
  node.leaderLost = true;
  node.lostTries = 0;
  node.electionElapsed = 0;
  // All notice in the same moment. One after the other they may try, so that the first wins before the next begins.
  const others = [...new Set([...node.config.voters, ...node.config.votersOutgoing])].filter((voter) => voter !== id);
  node.electionTimeout = 1 + 2 * Math.max(0, others.sort((a, b) => a - b).indexOf(node.id));
}

/** A vote was given: whoever got it has the time of an ordinary election. */
export function awaitElection(node: Node): void {
  node.electionElapsed = 0;
  if (!node.leaderLost) return;
  node.leaderLost = false;
  node.electionTimeout = drawTimeout(node);
}

/** The leader was heard. */
export function findLeader(node: Node, leader: MemberId): void {
  node.leader = leader;
  awaitElection(node);
}

export function becomeFollower(node: Node, term: Term, leader: MemberId): void {
  reset(node, term);
  node.role = 'follower';
  node.leader = leader;
}

export function becomeCandidate(node: Node): void {
  reset(node, node.term + 1);
  node.role = 'candidate';
  node.vote = node.id;
  if (!node.leaderLost) return;
  // Votes need disks, which may be slow, so this is hurried less than asking around is.
  const half = Math.ceil(node.options.electionTicks / 2);
  node.electionTimeout = half + Math.floor(node.random() * half * Math.max(1, node.lostTries - 1));
}

export function becomePreCandidate(node: Node): void {
  // Asks around without a new term and without a vote, so that a member that cannot win disturbs nobody (thesis 9.6).
  node.role = 'pre-candidate';
  node.votes = new Map();
  node.leader = noMember;
  node.electionElapsed = 0;
  if (node.leaderLost) node.lostTries += 1;
  node.electionTimeout = drawTimeout(node);
}

export function resetForLeadership(node: Node): void {
  node.leaderLost = false;
  reset(node, node.term);
  node.role = 'leader';
  node.leader = node.id;
}
