import type { Node } from './node.ts';
import { quorumIndex } from './quorum.ts';
import { entrySize } from './raft-log.ts';

/** Commits what a quorum has on its disks, if it is of this term (paper section 5.4.2). */
export function maybeCommit(node: Node): boolean {
  const index = quorumIndex(node.config, (id) => node.progress.get(id)?.match ?? 0);
  if (index <= node.log.committed || !node.log.matches(index, node.term)) return false;
  for (const entry of node.log.slice(node.log.committed + 1, Number.MAX_SAFE_INTEGER, index))
    node.uncommittedBytes = Math.max(0, node.uncommittedBytes - entrySize(entry));
  node.log.commitTo(index);
  if (node.earlyReads.length > 0) {
    node.nextReads.push(...node.earlyReads);
    node.earlyReads = [];
  }
  return true;
}
