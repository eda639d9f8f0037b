import { sendHeartbeats } from './leader.ts';
import { type Node, type ReadRequest, send } from './node.ts';
import { quorumIndex } from './quorum.ts';
import type { LogIndex } from './types.ts';

/**
 * ReadIndex (thesis section 6.4): a read is as new as the commit index at its asking, once a quorum has confirmed that
 * this leader still led. All reads of a turn share one round of heartbeats.
 */
export function addRead(node: Node, request: ReadRequest): void {
  // Before its first commit a leader does not know how far its predecessors had committed.
  if (node.log.matches(node.log.committed, node.term)) node.nextReads.push(request);
  else node.earlyReads.push(request);
}

export function flushReads(node: Node): void {
  if (node.nextReads.length === 0) return;
  node.readRound += 1;
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
  while (node.askedReads[0] && node.askedReads[0].round <= confirmed) {
    const { index, requests } = node.askedReads.shift() as { index: LogIndex; requests: readonly ReadRequest[] };
    for (const { from, context } of requests) {
      if (from === node.id) node.reads.push({ context, index });
      else send(node, from, { type: 'read-index-response', context, index }, 0);
    }
  }
}
