import type { PlantedBug } from './plant.ts';

export const electionBugs: readonly PlantedBug[] = [
  {
    name: 'vote-not-persisted',
    breaks: 'a restarted member may vote twice in a term',
    edits: [
      {
        file: 'log/codec.ts',
        find: '[batch.hardState.term, batch.hardState.vote, batch.hardState.commit]',
        replace: '[batch.hardState.term, 0, batch.hardState.commit]',
      },
      {
        file: 'log/vote-file.ts',
        find: 'const copy = encode(slot, vote);',
        replace: 'const copy = encode(slot, { term: vote.term, vote: 0 });',
      },
    ],
  },
  {
    name: 'hard-state-lost',
    breaks: 'a new segment of the log opens without term and vote, which go with the old ones',
    edits: [
      {
        file: 'log/write-ahead-log.ts',
        find: 'const head = encodeBatches([{ hardState: this.#hardState, entries: [] }], this.#last);',
        replace: 'const head = encodeBatches([{ entries: [] }], this.#last);',
      },
      {
        file: 'log/write-ahead-log.ts',
        find: 'await Promise.all([this.#writeRecord(segment, payload), this.#writeVote()]);',
        replace: 'await this.#writeRecord(segment, payload);',
      },
    ],
  },
  {
    name: 'vote-answered-before-sync',
    breaks: 'a vote is given before it is on the disk',
    edits: [
      {
        file: 'raft/election.ts',
        find: "sendAfterPersist(node, from, { type: 'vote-response', pre, granted: true, commit }, message.term);",
        replace: "send(node, from, { type: 'vote-response', pre, granted: true, commit }, message.term);",
      },
    ],
  },
  {
    name: 'led-before-own-vote-synced',
    breaks: 'a leader that forgot its term in a crash leads the same term again (found in this store)',
    edits: [
      {
        file: 'raft/election.ts',
        find: "if (result !== 'won' || !node.votes.has(node.id)) return;",
        replace: "if (result !== 'won') return;",
      },
    ],
  },
  {
    name: 'vote-for-old-log',
    breaks: 'a member whose log lacks acknowledged entries can be elected',
    edits: [
      {
        file: 'raft/election.ts',
        find: '!node.log.isUpToDate(message.lastIndex, message.lastTerm)',
        replace: 'message.lastIndex < 0',
      },
    ],
  },
  {
    name: 'vote-quorum-off-by-one',
    breaks: 'half of the voters elect',
    edits: [
      {
        file: 'raft/quorum.ts',
        find: 'const needed = (voters.length >> 1) + 1;',
        replace: 'const needed = (voters.length + 1) >> 1;',
      },
    ],
  },
  {
    name: 'vote-twice-in-term',
    breaks: 'a vote does not bind for the rest of the term',
    edits: [
      {
        file: 'raft/election.ts',
        find: 'const free = node.vote === from || (node.vote === noMember && node.leader === noMember);',
        replace: 'const free = node.leader === noMember;',
      },
    ],
  },
];
