import { createEntryList, type Entry, lift, unlift } from './entry-list.ts';
import { type History, isKnown } from './history.ts';
import type { Budget } from './limit.ts';
import type { Model } from './model.ts';
import { createSeenSet } from './seen-set.ts';

export type SearchResult<State> =
  | { readonly found: true }
  | { readonly found: false; readonly limited: boolean; readonly deadEnd: DeadEnd<State> };

/** The furthest the search came: what it had placed, in order, and what had to come next and could not. */
export interface DeadEnd<State> {
  readonly placed: readonly number[];
  readonly state: State;
  /** The operations that had been called by then, the last of which is the one that had returned. */
  readonly candidates: readonly number[];
}

/** One operation placed: what it was, what the state was before, and which of the states that can follow was taken. */
interface Placed<State> {
  readonly call: Entry;
  readonly before: State;
  readonly choice: number;
}

/**
 * Wing and Gong's search for an order of the operations that the model agrees with, by Lowe's iteration over a list of
 * calls and returns: place any operation whose call stands before the first return left; at a return, take back the
 * operation placed last. Done when every operation with a known outcome is placed: open ones may never have happened.
 * Wing and Gong, "Testing and verifying concurrent objects", 1993; Lowe, "Testing for linearizability", 2017.
 */
export function searchOrder<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: History<Input, Output>,
  budget: Budget,
): SearchResult<State> {
  const head = createEntryList(history);
  const seen = createSeenSet(history.length);
  const stack: Placed<State>[] = [];
  let state = model.initial();
  let left = history.filter(isKnown).length;
  let deadEnd: DeadEnd<State> = { placed: [], state, candidates: candidatesOf(head) };
  let fewestLeft = left + 1;
  let entry = head.next;
  let choice = 0;

  const place = (call: Entry): boolean => {
    const operation = history[call.index] as (typeof history)[number];
    const output = isKnown(operation) ? operation.output : undefined;
    const following = model.step(state, operation.input, output);
    for (; choice < following.length; choice++) {
      const next = following[choice] as State;
      const identity = model.identify(next);
      // An open operation that changes nothing need not have happened.
      if (!call.match && identity === model.identify(state)) continue;
      if (!seen.add(call.index, identity)) continue;
      stack.push({ call, before: state, choice });
      seen.flip(call.index);
      lift(call);
      state = next;
      if (call.match) left -= 1;
      return true;
    }
    return false;
  };

  /** The operation placed last is taken back, to go on with the next of the states that could have followed it. */
  const takeBack = (): Entry | undefined => {
    // Of two ends equally far, the one with fewer guesses at open operations is the better explanation.
    if (left < fewestLeft || (left === fewestLeft && stack.length < deadEnd.placed.length)) {
      fewestLeft = left;
      deadEnd = { placed: stack.map(({ call }) => call.index), state, candidates: candidatesOf(head) };
    }
    const last = stack.pop();
    if (!last) return undefined;
    state = last.before;
    choice = last.choice + 1;
    seen.flip(last.call.index);
    unlift(last.call);
    if (last.call.match) left += 1;
    return last.call;
  };

  while (left > 0) {
    if (!budget.spend()) {
      if (left < fewestLeft) takeBack();
      return { found: false, limited: true, deadEnd };
    }
    if (entry?.kind === 'call') {
      const placed = place(entry);
      choice = 0;
      entry = placed ? head.next : entry.next;
      continue;
    }
    entry = takeBack();
    if (!entry) return { found: false, limited: false, deadEnd };
  }
  return { found: true };
}

/** What is called before the first return left; the operation that returns there must be among the next placed. */
function candidatesOf(head: Entry): readonly number[] {
  const indexes: number[] = [];
  let entry = head.next;
  while (entry && entry.kind === 'call') {
    indexes.push(entry.index);
    entry = entry.next;
  }
  return entry ? [...indexes.filter((index) => index !== entry.index), entry.index] : indexes;
}
