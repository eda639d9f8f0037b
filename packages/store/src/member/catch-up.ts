import { sleep, type Timers } from '@trireme/ports';
import type { KeySpace } from '../mvcc/index.ts';
import type { Raft } from '../raft/index.ts';
import { createReplica, type Replica, type ReplicaMeta } from './replica.ts';

const bytesPerTurn = 1 << 20;
const waitMs = 20;
const longestMs = 30_000;

export interface CatchUp {
  /** Applies what has been committed since, some at a time. */
  run(): Promise<void>;
  /** The last few, and then `replica` becomes this state, all in one turn. */
  takeOver(replica: Replica): void;
}

/**
 * A state that stands for an earlier place of the log, brought beside the present one to where that is, by applying again
 * what the log holds since. Throws where the log does not reach back so far.
 */
export function createCatchUp(
  { raft, timers }: { readonly raft: Raft; readonly timers: Timers },
  meta: ReplicaMeta,
  space: KeySpace,
): CatchUp {
  const none = (): undefined => undefined;
  const beside = createReplica(meta, space, {
    // Whoever asked for these was answered long ago.
    ...{ isOwn: () => false, applied: none, changed: none, commanded: none, mayHalt: () => false, halted: none },
    header: () => {
      throw new Error('an answer was made for nobody');
    },
  });

  const step = (maxBytes: number): void => {
    const entries = raft.appliedFrom(beside.index + 1, maxBytes);
    if (!entries)
      throw new Error(`the log does not reach back to entry ${beside.index + 1}, where the state that came goes on`);
    for (const entry of entries) beside.apply(entry);
  };

  return {
    async run() {
      for (let waitedMs = 0; beside.index > raft.status().applied; waitedMs += waitMs) {
        if (waitedMs > longestMs)
          throw new Error(`the state that came is of entry ${beside.index}, which does not come`);
        await sleep(timers, waitMs);
      }
      while (beside.index < raft.status().applied) {
        step(bytesPerTurn);
        await sleep(timers, 0);
      }
    },
    takeOver(replica) {
      while (beside.index < raft.status().applied) step(Number.MAX_SAFE_INTEGER);
      replica.replace(beside.meta(raft.status().config), beside.space);
    },
  };
}
