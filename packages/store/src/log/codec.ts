import type { Bytes } from '@trireme/base';
import { Packr } from 'msgpackr';
import type { ConfigChange, Entry, HardState } from '../raft/index.ts';

/** What one write of the log makes durable. */
export interface LogBatch {
  readonly hardState?: HardState | undefined;
  /** Everything before was replaced by a snapshot at this place. */
  readonly mark?: { readonly index: number; readonly term: number } | undefined;
  /** They replace whatever the log holds from the first one's index on. */
  readonly entries: readonly Entry[];
}

// Plain arrays and no shared structures: every record can be read alone, whatever was read before it.
const packr = new Packr({ useRecords: false, variableMapSize: true });

type PackedEntry = [index: number, term: number, data: Bytes, change?: ConfigChange];
type Packed = [version: 1, hardState: number[] | null, mark: number[] | null, entries: PackedEntry[], last?: number];

/** A record, read. */
export interface LogRecord extends LogBatch {
  /** Where the log ended with it: says how much is lost where records before it cannot be read. */
  readonly last: number | undefined;
}

/** Where the log ends after a batch. */
export function lastAfter(last: number, { mark, entries }: LogBatch): number {
  return entries.at(-1)?.index ?? mark?.index ?? last;
}

/** `last`: where the log ends with these. */
export function encodeBatches(batches: readonly LogBatch[], last: number): Bytes {
  // Later batches win: the last hard state holds. A mark drops what came before it in the same write.
  let hardState: number[] | null = null;
  let mark: number[] | null = null;
  let entries: PackedEntry[] = [];
  for (const batch of batches) {
    if (batch.hardState) hardState = [batch.hardState.term, batch.hardState.vote, batch.hardState.commit];
    if (batch.mark) {
      mark = [batch.mark.index, batch.mark.term];
      entries = [];
    }
    for (const entry of batch.entries) entries.push(packEntry(entry));
  }
  return packr.pack([1, hardState, mark, entries, last] satisfies Packed);
}

export function packEntry(entry: Entry): PackedEntry {
  const { index, term, data } = entry;
  return entry.kind === 'config' ? [index, term, data, entry.change] : [index, term, data];
}

export function unpackEntry([index, term, data, change]: PackedEntry): Entry {
  return change ? { index, term, kind: 'config', data, change } : { index, term, kind: 'normal', data };
}

/** Throws where the payload is not one that this version wrote. */
export function decodeBatch(payload: Bytes): LogRecord {
  const [version, hardState, mark, entries, last] = packr.unpack(payload) as Packed;
  if (version !== 1) throw new Error(`the log's format ${version} is not known to this version`);
  const [term = 0, vote = 0, commit = 0] = hardState ?? [];
  return {
    hardState: hardState ? { term, vote, commit } : undefined,
    mark: mark ? { index: mark[0] ?? 0, term: mark[1] ?? 0 } : undefined,
    entries: entries.map(unpackEntry),
    last,
  };
}
