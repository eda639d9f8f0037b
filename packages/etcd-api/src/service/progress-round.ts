import type { Revision } from '@trireme/ports';

/** Finds the revision up to which every watch of a stream has told everything. */
export interface ProgressRound<Watch> {
  /** Asks all of them. While a round is under way one more is kept for after it. */
  start(watches: readonly Watch[]): void;
  /** A watch told its progress; true if it was asked for here. */
  heard(watch: Watch, revision: Revision): Promise<boolean>;
  /** A watch is gone and will not answer. */
  leave(watch: Watch): Promise<void>;
}

/** `answer` gets the least of the revisions, once the last watch has told its own. */
export function createProgressRound<Watch>(deps: {
  readonly ask: (watch: Watch) => void;
  readonly answer: (revision: Revision) => Promise<void>;
}): ProgressRound<Watch> {
  let waiting = new Set<Watch>();
  let next: Set<Watch> | undefined;
  let least = Number.POSITIVE_INFINITY;

  const begin = (watches: Set<Watch>): void => {
    waiting = watches;
    least = Number.POSITIVE_INFINITY;
    for (const watch of watches) deps.ask(watch);
  };

  const settle = async (watch: Watch): Promise<boolean> => {
    if (!waiting.delete(watch)) return false;
    if (waiting.size > 0) return true;
    const revision = least;
    const following = next;
    next = undefined;
    if (following) begin(following);
    if (Number.isFinite(revision)) await deps.answer(revision);
    return true;
  };

  return {
    start(watches) {
      if (watches.length === 0) return;
      if (waiting.size > 0) next = new Set(watches);
      else begin(new Set(watches));
    },
    async heard(watch, revision) {
      if (waiting.has(watch)) least = Math.min(least, revision);
      return settle(watch);
    },
    async leave(watch) {
      next?.delete(watch);
      await settle(watch);
    },
  };
}
