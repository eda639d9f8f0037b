import type { KeyValue, Revision } from '@trireme/ports';
import { type KvHistory, type KvOperation, shownIn } from './kv-history.ts';
import { createQuietTimes, type QuietTimes } from './quiet-times.ts';
import type { Placed } from './real-time-order.ts';

/** All that a history says about each revision. */
export interface RevisionPlan {
  readonly first: Revision;
  readonly last: Revision;
  /** Two writes at one revision: no order can hold both. */
  readonly clash: readonly [Placed, Placed] | undefined;
  readonly open: readonly KvOperation[];
  readonly quiet: QuietTimes;
  writeAt(revision: Revision): Placed | undefined;
  /** In the order of their calls. */
  readsAt(revision: Revision): readonly Placed[];
  /** What answers show as last changed at this revision. */
  shownAt(revision: Revision): readonly KeyValue[];
  /** When somebody first was told of this revision or a later one: what made it had been called by then. */
  deadlineOf(revision: Revision): number;
}

export function planRevisions(history: KvHistory, placed: readonly Placed[], first: Revision): RevisionPlan {
  const last = placed.reduce((newest, { revision }) => Math.max(newest, revision), first);
  const writes = new Map<Revision, Placed>();
  const reads = new Map<Revision, Placed[]>();
  const shown = new Map<Revision, KeyValue[]>();
  let clash: readonly [Placed, Placed] | undefined;
  for (const one of placed.toSorted((a, b) => a.operation.calledAt - b.operation.calledAt)) {
    const other = writes.get(one.revision);
    if (!one.wrote) append(reads, one.revision, one);
    else if (other) clash ??= [other, one];
    else writes.set(one.revision, one);
    for (const kv of shownIn(one.operation.output)) append(shown, kv.modRevision, kv);
  }
  const newestFirst = placed.toSorted((a, b) => b.revision - a.revision);
  const deadlines: { readonly revision: Revision; readonly at: number }[] = [];
  let earliest = Number.POSITIVE_INFINITY;
  for (const { revision, operation } of newestFirst) {
    earliest = Math.min(earliest, operation.returnedAt);
    deadlines.push({ revision, at: earliest });
  }
  return {
    first,
    last,
    clash,
    quiet: createQuietTimes(placed),
    open: history.filter(({ returnedAt }) => returnedAt === 'unknown').sort((a, b) => a.calledAt - b.calledAt),
    writeAt: (revision) => writes.get(revision),
    readsAt: (revision) => reads.get(revision) ?? [],
    shownAt: (revision) => shown.get(revision) ?? [],
    deadlineOf: (revision) => deadlineIn(deadlines, revision),
  };
}

function append<T>(lists: Map<Revision, T[]>, revision: Revision, item: T): void {
  const list = lists.get(revision);
  if (list) list.push(item);
  else lists.set(revision, [item]);
}

/** Deadlines stand newest revision first; the last at or above `revision` counts all of these. */
function deadlineIn(
  deadlines: readonly { readonly revision: Revision; readonly at: number }[],
  revision: Revision,
): number {
  let low = 0;
  let high = deadlines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((deadlines[middle]?.revision ?? 0) >= revision) low = middle + 1;
    else high = middle;
  }
  return deadlines[low - 1]?.at ?? Number.POSITIVE_INFINITY;
}
