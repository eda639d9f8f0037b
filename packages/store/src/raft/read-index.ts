import { beginRound, sendHeartbeats } from './leader.ts';
import { type Node, type ReadRequest, send } from './node.ts';
import { quorumIndex } from './quorum.ts';
import { type LogIndex, noMember } from './types.ts';

/**
 * ReadIndex (thesis section 6.4): a read is as new as the commit index at its asking, once a quorum has confirmed that
 * this leader still led. All reads of a turn share one round of heartbeats.
 */
export function addRead(node: Node, request: ReadRequest): void {
  // Before its first commit a leader does not know how far its predecessors had committed.
  if (!node.log.matches(node.log.committed, node.term)) node.earlyReads.push(request);
  else if (hasLease(node)) answer(node, request, node.log.committed);
  else node.nextReads.push(request);
}

/**
 * Lease reads (thesis section 6.4.1). Every member that answered a round waits a whole election timeout, by its own clock,
 * before it votes for another; until then nobody else can lead, unless this leader itself asked for it.
 */
function hasLease(node: Node): boolean {
  if (node.options.leaseMs === 0 || node.transferee !== noMember || node.handedOver) return false;
  return node.monotonic() < node.leaseUntilMs;
}

function answer(node: Node, { from, context }: ReadRequest, index: LogIndex): void {
  if (from === node.id) node.reads.push({ context, index });
  else send(node, from, { type: 'read-index-response', context, index }, 0);
}

export function flushReads(node: Node): void {
  if (node.nextReads.length === 0) return;
  beginRound(node);
  node.askedReads.push({ round: node.readRound, index: node.log.committed, requests: node.nextReads });
  node.nextReads = [];
  sendHeartbeats(node);
  confirmReads(node);
}

export function recordReadAck(node: Node, from: number, round: number): void {
  if (round <= (node.readAcks.get(from) ?? 0)) return;
  node.readAcks.set(from, round);
  confirmReads(node);
}

function confirmReads(node: Node): void {
  const confirmed = quorumIndex(node.config, (id) => (id === node.id ? node.readRound : (node.readAcks.get(id) ?? 0)));
  while (node.sentRounds[0] && node.sentRounds[0].round <= confirmed)
    node.leaseUntilMs = (node.sentRounds.shift() as { sentMs: number }).sentMs + node.options.leaseMs;
  while (node.askedReads[0] && node.askedReads[0].round <= confirmed) {
    const { index, requests } = node.askedReads.shift() as { index: LogIndex; requests: readonly ReadRequest[] };
    for (const request of requests) answer(node, request, index);
  }
}
