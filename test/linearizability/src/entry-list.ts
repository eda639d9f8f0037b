import { endOf, type History, isKnown } from './history.ts';

/** A call or a return in the order of time. A call knows its return; the call of an open operation has none. */
export interface Entry {
  readonly kind: 'call' | 'return' | 'head';
  /** The operation's place in the history; -1 at the head. */
  readonly index: number;
  match: Entry | undefined;
  previous: Entry | undefined;
  next: Entry | undefined;
}

/** Links calls and returns by time. Calls come before returns of the same instant, so that these count as concurrent. */
export function createEntryList(history: History<unknown, unknown>): Entry {
  const head: Entry = { kind: 'head', index: -1, match: undefined, previous: undefined, next: undefined };
  const events: { readonly at: number; readonly entry: Entry }[] = [];
  for (const [index, operation] of history.entries()) {
    const call: Entry = { kind: 'call', index, match: undefined, previous: undefined, next: undefined };
    events.push({ at: operation.calledAt, entry: call });
    if (!isKnown(operation)) continue;
    call.match = { kind: 'return', index, match: call, previous: undefined, next: undefined };
    events.push({ at: endOf(operation), entry: call.match });
  }
  const rank = (entry: Entry): number => (entry.kind === 'call' ? 0 : 1);
  events.sort((a, b) => a.at - b.at || rank(a.entry) - rank(b.entry) || a.entry.index - b.entry.index);
  let last = head;
  for (const { entry } of events) {
    last.next = entry;
    entry.previous = last;
    last = entry;
  }
  return head;
}

/** Takes a call and its return out of the list. They keep their links, so that `unlift` can put them back. */
export function lift(call: Entry): void {
  unlink(call);
  if (call.match) unlink(call.match);
}

/** Undoes the latest `lift` that was not undone yet. */
export function unlift(call: Entry): void {
  if (call.match) relink(call.match);
  relink(call);
}

function unlink(entry: Entry): void {
  if (entry.previous) entry.previous.next = entry.next;
  if (entry.next) entry.next.previous = entry.previous;
}

function relink(entry: Entry): void {
  if (entry.previous) entry.previous.next = entry;
  if (entry.next) entry.next.previous = entry;
}
