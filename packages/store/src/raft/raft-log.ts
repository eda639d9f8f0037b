import { invariant } from '@trireme/base';
import type { Entry, LogIndex, SnapshotMark, Term } from './types.ts';

/**
 * The log in memory: everything after the last mark. Invariants:
 * first - 1 <= applied <= applying <= committed <= last, and stable <= last.
 */
export interface RaftLog {
  /** The first entry that is here; the one before it is known by its term only. */
  readonly first: LogIndex;
  readonly last: LogIndex;
  readonly lastTerm: Term;
  readonly committed: LogIndex;
  /** Handed out for applying. */
  readonly applying: LogIndex;
  readonly applied: LogIndex;
  /** On this member's disk. */
  readonly stable: LogIndex;
  /** Undefined where the entry is not here any more, or not yet. */
  termAt(index: LogIndex): Term | undefined;
  matches(index: LogIndex, term: Term): boolean;
  /** The candidate's log is at least as new as this one (paper section 5.4.1). */
  isUpToDate(lastIndex: LogIndex, lastTerm: Term): boolean;
  append(entries: readonly Entry[]): void;
  /** A follower's append: cuts what conflicts. Returns the last new index, or undefined where `prev` does not match. */
  tryAppend(prevIndex: LogIndex, prevTerm: Term, entries: readonly Entry[]): LogIndex | undefined;
  /** The newest index <= `index` whose term is <= `term`: where two logs may still agree. */
  lastNotAfter(index: LogIndex, term: Term): { readonly index: LogIndex; readonly term: Term };
  /** Entries from `from` on, at least one if there is any, then as many as fit. */
  slice(from: LogIndex, maxBytes: number, to?: LogIndex): readonly Entry[];
  commitTo(index: LogIndex): void;
  /** What is committed and was not handed out yet. */
  takeCommitted(maxBytes: number): readonly Entry[];
  appliedTo(index: LogIndex): void;
  readonly hasUnstable: boolean;
  /** What was not handed out for persisting yet. */
  takeUnstable(): readonly Entry[];
  stableTo(index: LogIndex, term: Term): void;
  /** Replaces everything by a mark. */
  restore(mark: { readonly index: LogIndex; readonly term: Term }): void;
  /** Forgets entries up to `index`, which must be applied. */
  compact(index: LogIndex): void;
  /** The last entry to forget, so that behind it up to `index` no more than this is kept. */
  keepBehind(index: LogIndex, maxEntries: number, maxBytes: number): LogIndex;
}

export function entrySize(entry: { readonly data: { readonly length: number } }): number {
  return entry.data.length + 16;
}

export interface LogSeed {
  readonly snapshot: Pick<SnapshotMark, 'index' | 'term'>;
  readonly entries: readonly Entry[];
  readonly commit: LogIndex;
  readonly applied: LogIndex;
}

class MemoryLog implements RaftLog {
  #entries: Entry[];
  /** The index and term just before `#entries`. */
  #markIndex: LogIndex;
  #markTerm: Term;
  #handedOut: LogIndex;
  committed: LogIndex;
  applying: LogIndex;
  applied: LogIndex;
  stable: LogIndex;

  constructor(seed: LogSeed) {
    this.#entries = [...seed.entries];
    this.#markIndex = seed.snapshot.index;
    this.#markTerm = seed.snapshot.term;
    this.stable = this.last;
    this.#handedOut = this.last;
    this.applied = Math.max(seed.applied, this.#markIndex);
    this.applying = this.applied;
    this.committed = Math.max(seed.commit, this.applied);
    invariant(this.committed <= this.last, `the log ends at ${this.last}, before its commit index ${this.committed}`);
  }

  get first(): LogIndex {
    return this.#markIndex + 1;
  }

  get hasUnstable(): boolean {
    return this.#handedOut < this.last;
  }

  get last(): LogIndex {
    return this.#markIndex + this.#entries.length;
  }

  get lastTerm(): Term {
    return this.#entries.at(-1)?.term ?? this.#markTerm;
  }

  termAt(index: LogIndex): Term | undefined {
    if (index === this.#markIndex) return this.#markTerm;
    return this.#entries[index - this.first]?.term;
  }

  matches(index: LogIndex, term: Term): boolean {
    return this.termAt(index) === term;
  }

  isUpToDate(lastIndex: LogIndex, lastTerm: Term): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.last);
  }

  append(entries: readonly Entry[]): void {
    const start = entries[0]?.index;
    if (start === undefined) return;
    invariant(start > this.committed, `entry ${start} would overwrite the committed log (up to ${this.committed})`);
    invariant(start <= this.last + 1, `entry ${start} would leave a gap after ${this.last}`);
    if (start <= this.last) {
      this.#entries.length = start - this.first;
      this.stable = Math.min(this.stable, start - 1);
      this.#handedOut = Math.min(this.#handedOut, start - 1);
    }
    for (const entry of entries) this.#entries.push(entry);
  }

  tryAppend(prevIndex: LogIndex, prevTerm: Term, entries: readonly Entry[]): LogIndex | undefined {
    if (!this.matches(prevIndex, prevTerm)) return undefined;
    const conflict = entries.findIndex((entry) => !this.matches(entry.index, entry.term));
    if (conflict >= 0) this.append(entries.slice(conflict));
    return prevIndex + entries.length;
  }

  lastNotAfter(index: LogIndex, term: Term): { readonly index: LogIndex; readonly term: Term } {
    for (let at = Math.min(index, this.last); at > this.#markIndex; at--) {
      const own = this.termAt(at) as Term;
      if (own <= term) return { index: at, term: own };
    }
    // Below the mark the terms are not known: say the place, and no term, so that the leader goes by the index alone.
    return { index: Math.min(index, this.#markIndex), term: index >= this.#markIndex ? this.#markTerm : 0 };
  }

  slice(from: LogIndex, maxBytes: number, to = this.last): readonly Entry[] {
    invariant(from >= this.first, `entry ${from} was compacted (the log starts at ${this.first})`);
    let bytes = 0;
    let end = from - this.first;
    const limit = to - this.#markIndex;
    const begin = end;
    while (end < limit) {
      bytes += entrySize(this.#entries[end] as Entry);
      if (bytes > maxBytes && end > begin) break;
      end += 1;
    }
    return this.#entries.slice(begin, end);
  }

  commitTo(index: LogIndex): void {
    if (index <= this.committed) return;
    invariant(index <= this.last, `commit index ${index} is beyond the log's end ${this.last}: the log was lost`);
    this.committed = index;
  }

  takeCommitted(maxBytes: number): readonly Entry[] {
    if (this.applying >= this.committed) return [];
    const entries = this.slice(this.applying + 1, maxBytes, this.committed);
    this.applying += entries.length;
    return entries;
  }

  appliedTo(index: LogIndex): void {
    invariant(index <= this.applying, `entry ${index} was applied before it was handed out (${this.applying})`);
    this.applied = Math.max(this.applied, index);
  }

  takeUnstable(): readonly Entry[] {
    const entries = this.#entries.slice(this.#handedOut - this.#markIndex);
    this.#handedOut = this.last;
    return entries;
  }

  stableTo(index: LogIndex, term: Term): void {
    // What was written meanwhile may have been replaced by another leader's entries; then its own write will say so.
    if (index > this.stable && this.matches(index, term)) this.stable = index;
  }

  restore(mark: { readonly index: LogIndex; readonly term: Term }): void {
    this.#entries = [];
    this.#markIndex = mark.index;
    this.#markTerm = mark.term;
    this.committed = mark.index;
    this.applying = mark.index;
    this.applied = mark.index;
    this.stable = mark.index;
    this.#handedOut = mark.index;
  }

  keepBehind(index: LogIndex, maxEntries: number, maxBytes: number): LogIndex {
    let bytes = 0;
    let at = index;
    while (at >= this.first && index - at < maxEntries) {
      bytes += entrySize(this.#entries[at - this.first] as Entry);
      if (bytes > maxBytes) break;
      at -= 1;
    }
    return at;
  }

  compact(index: LogIndex): void {
    if (index < this.first) return;
    invariant(index <= this.applied, `entry ${index} cannot be dropped before it is applied (${this.applied})`);
    this.#markTerm = this.termAt(index) as Term;
    this.#entries = this.#entries.slice(index - this.#markIndex);
    this.#markIndex = index;
    this.stable = Math.max(this.stable, index);
    this.#handedOut = Math.max(this.#handedOut, index);
  }
}

export function createRaftLog(seed: LogSeed): RaftLog {
  return new MemoryLog(seed);
}
