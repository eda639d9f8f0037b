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
  type Role,
  type SnapshotMark,
  type Term,
} from './types.ts';

export interface RaftOptions {
  readonly id: MemberId;
  /** Without word from a leader for this long to twice this long, a voter stands for election. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
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
}

/** The whole mutable state of one member, shared by the functions beside this file and by nobody else. */
export interface Node {
  readonly options: RaftOptions;
  readonly id: MemberId;
  readonly random: () => number;
  readonly log: RaftLog;
  config: Configuration;
  term: Term;
  vote: MemberId;
  role: Role;
  leader: MemberId;
  electionElapsed: number;
  heartbeatElapsed: number;
  electionTimeout: number;
  votes: Map<MemberId, boolean>;
  /** Leader only: everybody who is sent the log, this member included. */
  progress: Map<MemberId, Progress>;
  transferee: MemberId;
  /** No change of the membership may be proposed before this index is applied. */
  pendingConfigIndex: LogIndex;
  uncommittedBytes: number;
  /** Leader only: reads that wait for the first commit of the term, for the next round, and for a round's answers. */
  earlyReads: ReadRequest[];
  nextReads: ReadRequest[];
  askedReads: { readonly round: number; readonly index: LogIndex; readonly requests: readonly ReadRequest[] }[];
  readRound: number;
  readAcks: Map<MemberId, number>;
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
  node.electionTimeout = node.options.electionTicks + Math.floor(node.random() * node.options.electionTicks);
  node.votes = new Map();
  node.progress = new Map();
  node.transferee = noMember;
  node.pendingConfigIndex = 0;
  node.uncommittedBytes = 0;
  node.earlyReads = [];
  node.nextReads = [];
  node.askedReads = [];
  node.readAcks = new Map();
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
}

export function becomePreCandidate(node: Node): void {
  // Asks around without a new term and without a vote, so that a member that cannot win disturbs nobody (thesis 9.6).
  node.role = 'pre-candidate';
  node.votes = new Map();
  node.leader = noMember;
  node.electionElapsed = 0;
  node.electionTimeout = node.options.electionTicks + Math.floor(node.random() * node.options.electionTicks);
}

export function resetForLeadership(node: Node): void {
  reset(node, node.term);
  node.role = 'leader';
  node.leader = node.id;
}
