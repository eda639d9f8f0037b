import type { PlantedBug } from './plant.ts';

export const replicationBugs: readonly PlantedBug[] = [
  {
    name: 'commit-of-older-term',
    breaks: 'entries of earlier terms are committed by counting copies (paper, figure 8)',
    edits: [
      {
        file: 'raft/commit.ts',
        find: 'if (index <= node.log.committed || !node.log.matches(index, node.term)) return false;',
        replace: 'if (index <= node.log.committed || node.log.termAt(index) === undefined) return false;',
      },
      // The entry that a leader begins its term with would hide it: it goes out together with the older ones.
      {
        file: 'raft/leader.ts',
        find: "appendEntries(node, [{ kind: 'normal', data: emptyData }]);",
        replace: 'maybeCommit(node);',
      },
    ],
  },
  {
    name: 'commit-quorum-off-by-one',
    breaks: 'entries are committed with one copy too few',
    edits: [
      {
        file: 'raft/quorum.ts',
        find: 'return indexes[(indexes.length - 1) >> 1] as LogIndex;',
        replace: 'return indexes[Math.min(indexes.length - 1, (indexes.length + 1) >> 1)] as LogIndex;',
      },
    ],
  },
  {
    name: 'append-without-previous',
    breaks: 'entries are taken where the log before them differs',
    edits: [
      {
        file: 'raft/raft-log.ts',
        find: 'if (!this.matches(prevIndex, prevTerm)) return undefined;',
        replace: 'if (prevIndex > this.last) return undefined;',
      },
    ],
  },
  {
    name: 'append-cuts-what-matches',
    breaks: 'an old append that comes late cuts off newer entries',
    edits: [
      {
        file: 'raft/raft-log.ts',
        find: 'const conflict = entries.findIndex((entry) => !this.matches(entry.index, entry.term));',
        replace: 'const conflict = entries.findIndex((entry) => entry.index > this.committed);',
      },
    ],
  },
  {
    name: 'append-answered-before-sync',
    breaks: 'a follower acknowledges entries before they are on its disk',
    edits: [
      {
        file: 'raft/replication.ts',
        find: "sendAfterPersist(node, from, { type: 'append-response', index: lastNew });",
        replace:
          "node.messages.push({ from: node.id, to: from, term: node.term, type: 'append-response', index: lastNew });",
      },
    ],
  },
  {
    name: 'own-copy-counted-early',
    breaks: 'the leader counts its own entries before they are on its disk',
    edits: [{ file: 'raft/leader.ts', find: 'own.match = node.log.stable;', replace: 'own.match = node.log.last;' }],
  },
  {
    name: 'heartbeat-commits-too-far',
    breaks: 'a follower commits entries of its own that were never agreed on',
    edits: [
      {
        file: 'raft/leader.ts',
        find: 'const commit = Math.min(progress.match, node.log.committed);',
        replace: 'const commit = Math.min(progress.next - 1, node.log.committed);',
      },
    ],
  },
  {
    name: 'snapshot-over-newer-log',
    breaks: 'a snapshot that comes late replaces newer state',
    edits: [
      {
        file: 'raft/replication.ts',
        find: 'if (snapshot.index > log.committed) {',
        replace: 'if (snapshot.index > 0) {',
      },
    ],
  },
  {
    name: 'lost-append-never-sent-again',
    breaks: 'a follower that missed the last append stays behind',
    edits: [
      {
        file: 'raft/replication.ts',
        find: "if (progress.match < node.log.last && progress.state === 'replicate') progress.force = true;",
        replace: '',
      },
    ],
  },
];
