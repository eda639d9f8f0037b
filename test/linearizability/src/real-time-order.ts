import type { Revision } from '@trireme/ports';
import { isKnown, type KnownOperation } from './history.ts';
import { hasWritten, type KvHistory, type KvInput, type KvOutput } from './kv-history.ts';

export type KnownKvOperation = KnownOperation<KvInput, KvOutput>;

/** A known operation and the revision its answer carries. */
export interface Placed {
  readonly operation: KnownKvOperation;
  readonly revision: Revision;
  readonly wrote: boolean;
  /** False for a serializable read: it may answer from the past. */
  readonly timely: boolean;
}

export function placeByRevision(history: KvHistory): readonly Placed[] {
  return history.filter(isKnown).map((operation) => ({
    operation,
    revision: operation.output.response.header.revision,
    wrote: hasWritten(operation.output),
    timely: !(operation.input.type === 'range' && operation.input.request.serializable),
  }));
}

export interface TimeFault {
  readonly earlier: Placed;
  readonly later: Placed;
}

/**
 * The first operation whose revision is older than one that had been answered before it was called. A write needs a
 * revision above all answered ones, a read may repeat the newest. Where there is none, the order of revisions (at equal
 * revisions the write, then reads by their call) is true to time.
 */
export function findTimeFault(placed: readonly Placed[]): TimeFault | undefined {
  const calls = placed.filter(({ timely }) => timely).sort((a, b) => a.operation.calledAt - b.operation.calledAt);
  const returns = calls.toSorted((a, b) => a.operation.returnedAt - b.operation.returnedAt);
  let newest: Placed | undefined;
  let at = 0;
  for (const later of calls) {
    for (let next = returns[at]; next && next.operation.returnedAt < later.operation.calledAt; next = returns[at]) {
      if (!newest || next.revision > newest.revision) newest = next;
      at += 1;
    }
    if (!newest) continue;
    if (later.revision < newest.revision || (later.wrote && later.revision === newest.revision))
      return { earlier: newest, later };
  }
  return undefined;
}
