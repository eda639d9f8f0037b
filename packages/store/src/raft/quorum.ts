import type { Configuration, LogIndex, MemberId } from './types.ts';

export type VoteResult = 'won' | 'lost' | 'pending';

/** The highest index that a majority has reached. Everything is reached by a majority of nobody. */
export function majorityIndex(voters: readonly MemberId[], indexOf: (id: MemberId) => LogIndex): LogIndex {
  if (voters.length === 0) return Number.MAX_SAFE_INTEGER;
  const indexes = voters.map(indexOf).sort((a, b) => a - b);
  return indexes[(indexes.length - 1) >> 1] as LogIndex;
}

/** The same over a possibly joint configuration: both majorities must have reached it. */
export function quorumIndex(config: Configuration, indexOf: (id: MemberId) => LogIndex): LogIndex {
  return Math.min(majorityIndex(config.voters, indexOf), majorityIndex(config.votersOutgoing, indexOf));
}

function majorityVote(voters: readonly MemberId[], votes: ReadonlyMap<MemberId, boolean>): VoteResult {
  if (voters.length === 0) return 'won';
  const needed = (voters.length >> 1) + 1;
  let granted = 0;
  let refused = 0;
  for (const voter of voters) {
    const vote = votes.get(voter);
    if (vote === true) granted += 1;
    else if (vote === false) refused += 1;
  }
  if (granted >= needed) return 'won';
  return voters.length - refused < needed ? 'lost' : 'pending';
}

export function quorumVote(config: Configuration, votes: ReadonlyMap<MemberId, boolean>): VoteResult {
  const incoming = majorityVote(config.voters, votes);
  const outgoing = majorityVote(config.votersOutgoing, votes);
  if (incoming === 'lost' || outgoing === 'lost') return 'lost';
  return incoming === 'won' && outgoing === 'won' ? 'won' : 'pending';
}
