import type { Op, OpResponse, Revision, TxnRequest, TxnResponse } from '@trireme/ports';
import { type KvInput, keyText, shownIn } from './kv-history.ts';
import { isSingleKey } from './kv-space.ts';
import type { Placed } from './real-time-order.ts';

/**
 * When keys cannot have changed: an answer at revision 9 that shows a key as last changed at 4 rules out all changes
 * from 5 to 9. It rules out most guesses before they are tried, and finds most faults without replaying anything.
 */
export interface QuietTimes {
  /** An answer that rules out a change of `key` at `revision`. */
  find(key: string, revision: Revision): Placed | undefined;
}

interface Quiet {
  readonly after: Revision;
  /** The latest end of this time and all that begin before it. */
  readonly until: Revision;
  readonly witness: Placed;
}

export function createQuietTimes(placed: readonly Placed[]): QuietTimes {
  const times = new Map<string, Quiet[]>();
  for (const witness of placed) {
    const { operation, revision, wrote } = witness;
    if (readsThePast(operation.input)) continue;
    const until = wrote ? revision - 1 : revision;
    for (const { key, modRevision } of shownIn(operation.output)) {
      const text = keyText(key);
      const own = times.get(text) ?? [];
      own.push({ after: modRevision, until, witness });
      times.set(text, own);
    }
  }
  for (const [key, own] of times) times.set(key, withLatestEnds(own));
  return {
    find(key, revision) {
      const own = times.get(key) ?? [];
      const latest = own[countBefore(own, revision) - 1];
      return latest && latest.until >= revision ? latest.witness : undefined;
    },
  };
}

/** The keys that an answered write certainly changed. */
export function keysChangedBy({ operation: { input, output } }: Placed): readonly string[] {
  return input.type === 'txn' && output.type === 'txn' ? changedIn(input.request, output.response) : [];
}

function changedIn(request: TxnRequest, { succeeded, responses }: TxnResponse): readonly string[] {
  const ops = (succeeded ? request.success : request.failure) ?? [];
  return ops.flatMap((op, index) => changedByOp(op, responses[index]));
}

function changedByOp(op: Op, response: OpResponse | undefined): readonly string[] {
  if (op.type === 'put') return [keyText(op.request.key)];
  if (op.type === 'delete-range' && response?.type === 'delete-range')
    return isSingleKey(op.request) && response.response.deleted > 0 ? [keyText(op.request.key)] : [];
  return op.type === 'txn' && response?.type === 'txn' ? changedIn(op.request, response.response) : [];
}

/** An answer about an old revision says nothing of the time between that and its header. */
function readsThePast(input: KvInput | Op): boolean {
  if (input.type === 'range') return Boolean(input.request.revision);
  if (input.type !== 'txn') return false;
  return [...(input.request.success ?? []), ...(input.request.failure ?? [])].some(readsThePast);
}

function withLatestEnds(own: readonly Quiet[]): Quiet[] {
  let latest: Quiet | undefined;
  return own
    .toSorted((a, b) => a.after - b.after)
    .map((quiet) => {
      if (!latest || quiet.until > latest.until) latest = quiet;
      return { ...latest, after: quiet.after };
    });
}

function countBefore(own: readonly Quiet[], revision: Revision): number {
  let low = 0;
  let high = own.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((own[middle]?.after ?? revision) < revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
