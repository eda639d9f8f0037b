import { invariant } from '@trireme/base';
import { campaign, commitMark, handleVote, handleVoteResponse, hasLiveLeader } from './election.ts';
import { bestSuccessor, proposeAsLeader, transferLeadership } from './leader.ts';
import { becomeFollower, findLeader, type Node, send } from './node.ts';
import { addRead, recordReadAck } from './read-index.ts';
import {
  handleAppend,
  handleAppendResponse,
  handleHeartbeat,
  handleHeartbeatResponse,
  handleSnapshot,
} from './replication.ts';
import { type MemberId, type Message, noMember } from './types.ts';

export function handOver(node: Node, target: MemberId): boolean {
  if (node.role === 'leader') {
    transferLeadership(node, target === noMember ? bestSuccessor(node) : target);
    return node.transferee !== noMember;
  }
  if (node.leader === noMember) return false;
  send(node, node.leader, { type: 'transfer', target }, 0);
  return true;
}

export function step(node: Node, message: Message): void {
  if (message.term === 0) stepTermless(node, message);
  else if (message.term < node.term) answerOldTerm(node, message);
  else if (message.term === node.term || enterTerm(node, message)) stepInTerm(node, message);
}

function stepTermless(node: Node, message: Message): void {
  if (message.type === 'read-index-response') node.reads.push({ context: message.context, index: message.index });
  // Whoever forwarded this took this member for the leader. If it is not, silence: the host asks again.
  if (node.role !== 'leader') return;
  if (message.type === 'propose') proposeAsLeader(node, message.entries);
  else if (message.type === 'read-index') addRead(node, { from: message.from, context: message.context });
  else if (message.type === 'transfer') handOver(node, message.target);
}

/** Follows a newer term. False where the message is to be ignored. */
function enterTerm(node: Node, message: Message): boolean {
  if (message.type === 'vote') {
    if (!message.transfer && hasLiveLeader(node)) return false;
    if (message.pre) return true;
  }
  // Granted pre-votes come in the term that was asked for, in which nobody is yet.
  if (message.type === 'vote-response' && message.pre && message.granted) return true;
  const fromLeader = message.type === 'append' || message.type === 'heartbeat' || message.type === 'snapshot';
  becomeFollower(node, message.term, fromLeader ? message.from : noMember);
  return true;
}

function answerOldTerm(node: Node, message: Message): void {
  // A leader of an older term learns of the newer one from this, and steps down; without it, it would never hear.
  if (message.type === 'heartbeat' || message.type === 'append' || message.type === 'snapshot')
    send(node, message.from, { type: 'append-response', index: 0 });
  else if (message.type === 'vote' && message.pre)
    send(node, message.from, { type: 'vote-response', pre: true, granted: false, commit: commitMark(node) });
}

function stepInTerm(node: Node, message: Message): void {
  switch (message.type) {
    case 'vote':
      handleVote(node, message);
      break;
    case 'vote-response':
      handleVoteResponse(node, message);
      break;
    case 'append':
    case 'heartbeat':
    case 'snapshot':
      stepFromLeader(node, message);
      break;
    case 'append-response':
      if (node.role === 'leader') handleAppendResponse(node, message);
      break;
    case 'heartbeat-response':
      if (node.role !== 'leader') break;
      handleHeartbeatResponse(node, message);
      recordReadAck(node, message.from, message.readRound);
      break;
    case 'timeout-now':
      // The leader itself wants this member to take over, so there is no need to ask around first.
      campaign(node, 'transfer');
      break;
  }
}

function stepFromLeader(node: Node, message: Message & { readonly type: 'append' | 'heartbeat' | 'snapshot' }): void {
  invariant(node.role !== 'leader', `two leaders in term ${node.term}: ${node.id} and ${message.from}`);
  if (node.role !== 'follower') becomeFollower(node, node.term, message.from);
  findLeader(node, message.from);
  if (message.type === 'append') handleAppend(node, message);
  else if (message.type === 'heartbeat') handleHeartbeat(node, message);
  else handleSnapshot(node, message);
}
