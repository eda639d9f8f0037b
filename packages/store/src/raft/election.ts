import { isVoter } from './configuration.ts';
import { startLeading } from './leader.ts';
import {
  awaitElection,
  becomeCandidate,
  becomeFollower,
  becomePreCandidate,
  type Node,
  send,
  sendAfterPersist,
} from './node.ts';
import { quorumVote } from './quorum.ts';
import { type CommitMark, type Message, noMember } from './types.ts';

export type Campaign = 'pre-vote' | 'vote' | 'transfer';

/** A member that lost a part of its log would count itself as having less than it has promised: it neither stands nor votes. */
export function isPromotable(node: Node): boolean {
  return isVoter(node.config, node.id) && node.snapshot === undefined && node.repair === undefined;
}

/** Stands for election, unless this member cannot lead now. */
export function campaign(node: Node, kind: Campaign): void {
  if (node.role === 'leader' || !isPromotable(node)) return;
  // The membership this member would count votes by is about to change: apply that first.
  if (hasUnappliedConfig(node)) return;
  if (kind === 'pre-vote') becomePreCandidate(node);
  else becomeCandidate(node);
  const pre = kind === 'pre-vote';
  for (const id of new Set([...node.config.voters, ...node.config.votersOutgoing])) {
    if (id === node.id) continue;
    const { last, lastTerm } = node.log;
    const content = { type: 'vote', pre, lastIndex: last, lastTerm, commit: commitMark(node) } as const;
    send(node, id, { ...content, transfer: kind === 'transfer' }, pre ? node.term + 1 : node.term);
  }
  // A pre-vote promises nothing. A vote for oneself counts once it is on the disk.
  if (pre) countVote(node, node.id, true);
  else node.selfVoteTerm = node.term;
}

function hasUnappliedConfig(node: Node): boolean {
  const { log } = node;
  if (log.applied >= log.committed) return false;
  return log.slice(log.applied + 1, Number.MAX_SAFE_INTEGER, log.committed).some((entry) => entry.kind === 'config');
}

export function countVote(node: Node, from: number, granted: boolean): void {
  if (!node.votes.has(from)) node.votes.set(from, granted);
  const result = quorumVote(node.config, node.votes);
  if (result === 'lost') becomeFollower(node, node.term, noMember);
  // Even with a majority of others its own vote must be on the disk: a leader that forgot its term in a crash would be
  // elected in it once more, by the same votes, and make other entries of the same index and term.
  if (result !== 'won' || !node.votes.has(node.id)) return;
  if (node.role === 'pre-candidate') campaign(node, 'vote');
  else startLeading(node);
}

export function handleVoteResponse(node: Node, message: Message & { readonly type: 'vote-response' }): void {
  learnCommit(node, message.commit);
  const expected = message.pre ? 'pre-candidate' : 'candidate';
  // What was granted for an earlier term says nothing of this one.
  if (message.pre && message.granted && message.term !== node.term + 1) return;
  if (node.role === expected) countVote(node, message.from, message.granted);
}

/** True where a leader was heard so recently that nobody else should be voted for (leader stickiness, thesis 6.4.1). */
export function hasLiveLeader(node: Node): boolean {
  if (node.quietTicks > 0) return true;
  if (node.leaderLost) return false;
  return node.leader !== noMember && node.electionElapsed < node.options.electionTicks;
}

export function handleVote(node: Node, message: Message & { readonly type: 'vote' }): void {
  const { from, pre } = message;
  learnCommit(node, message.commit);
  const commit = commitMark(node);
  const free = node.vote === from || (node.vote === noMember && node.leader === noMember);
  const may = free || (pre && message.term > node.term);
  if (!may || node.repair || !node.log.isUpToDate(message.lastIndex, message.lastTerm)) {
    sendAfterPersist(node, from, { type: 'vote-response', pre, granted: false, commit });
    return;
  }
  // A pre-vote is granted in the term it asks for, which this member need not be in yet.
  sendAfterPersist(node, from, { type: 'vote-response', pre, granted: true, commit }, message.term);
  if (pre) return;
  awaitElection(node);
  node.vote = from;
}

export function commitMark(node: Node): CommitMark {
  const { committed } = node.log;
  return { index: committed, term: node.log.termAt(committed) ?? 0 };
}

function learnCommit(node: Node, commit: CommitMark): void {
  // The same entry at the same place means the same log up to there.
  if (commit.term > 0 && node.log.matches(commit.index, commit.term)) node.log.commitTo(commit.index);
}
