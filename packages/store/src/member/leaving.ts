import { CodedError } from '@trireme/base';
import type { PeerMessage } from './peer-codec.ts';
import type { State } from './state.ts';

/**
 * How a member that was removed comes to its end. It must not stop before those who stay know: if only it had heard that its
 * removal is committed, the others would go on asking for its vote, and for a majority that they need no more.
 */
export interface Leaving {
  /** A peer says that this member was removed. True where a majority of those who vote now has said so. */
  confirmed(from: number, voters: readonly number[]): boolean;
  tick(): void;
}

const askEveryMs = 1_000;

export function removedError(id: bigint): CodedError<'member-removed'> {
  return new CodedError(
    'member-removed',
    `run member ${id}: it was removed from its cluster, and its id is never used again. Delete its data folder; to have it back, add it as a new member.`,
  );
}

export function createLeaving(
  { id, raft, replica, time }: State,
  send: (to: number, message: PeerMessage) => void,
): Leaving {
  const said = new Set<number>();
  let nextMs = 0;
  return {
    confirmed(from, voters) {
      said.add(from);
      return voters.filter((voter) => said.has(voter)).length > voters.length / 2;
    },
    tick() {
      if ((said.size === 0 && !replica.book.removed.has(id)) || time.monotonic() < nextMs) return;
      nextMs = time.monotonic() + askEveryMs;
      for (const voter of raft.status().config.voters) if (voter !== id) send(voter, { type: 'leaving' });
    },
  };
}
