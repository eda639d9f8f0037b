import { invariant } from '@trireme/base';
import type { KvEvent, Revision } from '@trireme/ports';

/** All events of one revision. */
export interface Change {
  readonly revision: Revision;
  readonly events: readonly KvEvent[];
}

/** The changes that are still there, by revision; no revision is missing between the first and the last. */
export interface ChangeLog {
  /** The oldest revision here; one more than the last where there is none. */
  readonly first: Revision;
  readonly last: Revision;
  push(change: Change): void;
  at(revision: Revision): Change | undefined;
  /** Drops the oldest. */
  shift(): void;
}

/** `last`: the revision before the first change that will be pushed. */
export function createChangeLog(last: Revision): ChangeLog {
  let changes: (Change | undefined)[] = [];
  let head = 0;
  let first = last + 1;
  const log: ChangeLog = {
    get first() {
      return first;
    },
    get last() {
      return first + changes.length - head - 1;
    },
    push(change) {
      invariant(change.revision === log.last + 1, `revision ${change.revision} cannot follow ${log.last}`);
      changes.push(change);
    },
    at: (revision) => (revision < first ? undefined : changes[head + revision - first]),
    shift() {
      if (head === changes.length) return;
      changes[head++] = undefined;
      first += 1;
      if (head < 1024 || head * 2 < changes.length) return;
      changes = changes.slice(head);
      head = 0;
    },
  };
  return log;
}
