import type { PlantedBug } from './plant.ts';

export const readBugs: readonly PlantedBug[] = [
  {
    name: 'read-without-round',
    breaks: 'a leader that was deposed and does not know it answers reads',
    edits: [
      {
        file: 'raft/read-index.ts',
        find: 'const confirmed = quorumIndex(node.config, (id) => (id === node.id ? node.readRound : (node.readAcks.get(id) ?? 0)));',
        replace:
          'const confirmed = node.config.voters.length > 0 ? node.readRound : quorumIndex(node.config, () => 0);',
      },
    ],
  },
  {
    name: 'read-before-first-commit',
    breaks: 'a new leader answers reads before it knows what was committed',
    edits: [
      {
        file: 'raft/read-index.ts',
        find: 'if (!node.log.matches(node.log.committed, node.term)) node.earlyReads.push(request);',
        replace: 'if (node.log.committed < 0) node.earlyReads.push(request);',
      },
    ],
  },
  {
    name: 'read-before-applied',
    breaks: 'a read is answered before this replica holds what it was confirmed for',
    edits: [
      {
        file: 'member/reads.ts',
        find: 'if (batch.index === undefined || batch.index > applied) continue;',
        replace: 'if (batch.index === undefined || applied < 0) continue;',
      },
    ],
  },
  {
    name: 'watch-skips-at-compaction',
    breaks: 'a watch of what was compacted goes on behind it and says nothing',
    edits: [
      {
        file: 'mvcc/watch.ts',
        find: 'if (this.#next < space.compactRevision) {',
        replace:
          'this.#next = Math.max(this.#next, space.compactRevision);\n    if (this.#next < space.compactRevision) {',
      },
    ],
  },
  {
    name: 'watch-late-after-snapshot',
    breaks: 'a watch misses the first change after a snapshot',
    edits: [
      {
        file: 'mvcc/watch.ts',
        find: 'this.#next = Math.max(this.#next, told + 1);',
        replace: 'this.#next = Math.max(this.#next, told + 2);',
      },
    ],
  },
  {
    name: 'watch-tells-twice',
    breaks: 'a watch that begins in the future is told what comes before',
    edits: [
      {
        file: 'mvcc/watch.ts',
        find: 'if (!this.#synced || revision < this.#next) return;',
        replace: 'if (!this.#synced) return;',
      },
    ],
  },
  {
    name: 'watch-loses-its-beginning',
    breaks: 'a watch from the newest revision on misses that one',
    edits: [
      {
        file: 'mvcc/watch.ts',
        find: 'this.#synced = this.#next > newest;',
        replace: 'this.#synced = this.#next >= newest;',
      },
    ],
  },
  {
    name: 'progress-too-early',
    breaks: 'progress is told while events are still to come',
    edits: [
      {
        file: 'mvcc/watch.ts',
        find: 'if (!this.#progressWanted || !this.#synced) return undefined;',
        replace: 'if (!this.#progressWanted) return undefined;',
      },
      {
        file: 'mvcc/watch.ts',
        find: 'const response = this.#takeBuffer() ?? this.#readHistory();',
        replace: 'const response = this.#progressWanted ? undefined : (this.#takeBuffer() ?? this.#readHistory());',
      },
    ],
  },
];
