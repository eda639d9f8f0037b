import { type Bytes, CodedError, messageOf } from '@trireme/base';
import type { Disk } from '@trireme/ports';
import type { Entry, HardState } from '../raft/index.ts';
import { decodeBatch, type LogRecord, lastAfter } from './codec.ts';
import { decodeRecord, findRecordAfter } from './record.ts';

/** What was synced is not what is read: the disk failed, or somebody changed the file. Never repaired silently. */
export class LogDamagedError extends CodedError<'log-damaged'> {
  override readonly name = 'LogDamagedError';
  readonly file: string;
  readonly offset: number;

  constructor(file: string, offset: number, what: string) {
    super(
      'log-damaged',
      `read log ${file}: ${what} at offset ${offset}. This member's log is damaged and it must not vote by it: ` +
        `repair it from peers that are well, or remove the member from the cluster, delete its data folder and add it again.`,
    );
    this.file = file;
    this.offset = offset;
  }
}

/** What the log says, all segments together. */
export interface LogContents {
  readonly hardState: HardState;
  /** The place just before the first entry; not after the state's own place. */
  readonly mark: LogPlace;
  readonly entries: readonly Entry[];
  /** The state stands for more than the segments say: the log begins anew at its place, and must say so. */
  readonly replaced: boolean;
}

export interface Damage {
  readonly file: string;
  readonly offset: number;
  readonly what: string;
}

export interface LogPlace {
  readonly index: number;
  readonly term: number;
}

export interface SegmentInfo {
  readonly sequence: number;
  readonly path: string;
  /** The highest entry that was ever written to it or before it; the segment may go once that is not needed. */
  lastIndex: number;
}

export interface ReadLog {
  readonly contents: LogContents;
  readonly segments: readonly SegmentInfo[];
  /** Where the next record goes in the last segment. */
  readonly endOffset: number;
  /** Size of the last segment's file. */
  readonly lastSize: number;
  /** A write was torn by a crash; what it left behind lies beyond the end. */
  readonly torn: boolean;
  /** Entries behind the applied state are lost; what else was read is not to be trusted. */
  readonly damage: Damage | undefined;
  /** The newest records that can be read say that the log ended here. */
  readonly last: number;
}

export function segmentName(sequence: number): string {
  return `${sequence.toString(16).padStart(12, '0')}.log`;
}

/** `applied`: up to where the state is that will be built on. */
export async function readLog(disk: Disk, directory: string, applied: LogPlace): Promise<ReadLog> {
  const names = (await disk.list(directory)).filter((name) => /^[0-9a-f]{12}\.log$/.test(name));
  const segments: SegmentInfo[] = [];
  const replay = createReplay();
  let endOffset = 0;
  let lastSize = 0;
  let torn = false;
  let damage: Damage | undefined;
  const damaged = (file: string, offset: number, what: string): void => {
    damage ??= { file, offset, what };
    replay.beginAnew();
  };
  for (const [position, name] of names.entries()) {
    const sequence = Number.parseInt(name.slice(0, 12), 16);
    const path = `${directory}/${name}`;
    const before = segments.at(-1);
    if (before && before.sequence + 1 !== sequence)
      damaged(path, 0, `segment ${segmentName(before.sequence + 1)} before it is missing`);
    const bytes = await disk.readFile(path);
    const end = readSegment(path, sequence, bytes, { add: replay.add, damaged });
    // The next segment is begun only after this one's last write was synced, so a torn write can only be in the last.
    if (end.broken && position < names.length - 1)
      damaged(path, end.offset, 'an unreadable record was found before the last segment');
    segments.push({ sequence, path, lastIndex: replay.highest() });
    endOffset = end.offset;
    lastSize = bytes.length;
    torn = end.broken;
  }
  const result = replay.result();
  const read = { segments, endOffset, lastSize, torn, last: result.last };
  const lost = damage && isLost(applied, result) ? damage : gapBefore(applied, result, segments[0]?.path ?? directory);
  if (!lost) return { ...read, contents: alignTo(applied, result), damage: undefined };
  const contents = { hardState: raise({ ...result.hardState, commit: 0 }, applied.index), mark: applied, entries: [] };
  return { ...read, contents: { ...contents, replaced: true }, damage: lost };
}

type Replayed = ReturnType<ReturnType<typeof createReplay>['result']>;

/** After damage: whether what can be read behind it, and the state, are less than all that the log held. */
function isLost(applied: LogPlace, { entries, mark, last }: Replayed): boolean {
  const end = entries.at(-1)?.index ?? mark?.index ?? 0;
  const begin = entries[0]?.index ?? (mark ? mark.index + 1 : 1);
  return last > applied.index && (end < last || begin > applied.index + 1);
}

/** The state is older than the log's first entry: entries between them are missing. */
function gapBefore(applied: LogPlace, { entries, mark }: Replayed, file: string): Damage | undefined {
  const begins = entries[0]?.index ?? (mark ? mark.index + 1 : 1);
  if (begins <= applied.index + 1) return undefined;
  return { file, offset: 0, what: `the log begins at entry ${begins}, but the state ends at ${applied.index}` };
}

/** Tells each record. Damage is told apart from a torn tail: nothing is ever written after a write that was not synced. */
function readSegment(
  path: string,
  sequence: number,
  bytes: Bytes,
  { add, damaged }: { add(record: LogRecord): void; damaged(file: string, offset: number, what: string): void },
): { readonly offset: number; readonly broken: boolean } {
  let offset = 0;
  for (;;) {
    const record = decodeRecord(sequence, bytes, offset);
    if (record.type === 'end' && isZero(bytes, offset)) return { offset, broken: false };
    if (record.type !== 'record') {
      const next = findRecordAfter(sequence, bytes, offset);
      if (next === undefined) return { offset, broken: true };
      damaged(path, offset, `an unreadable record was found before a whole one at ${next}`);
      offset = next;
      continue;
    }
    try {
      add(decodeBatch(record.payload));
    } catch (error) {
      throw new LogDamagedError(path, offset, `the record cannot be understood (${messageOf(error)})`);
    }
    offset = record.next;
  }
}

function isZero(bytes: Bytes, start: number): boolean {
  for (let at = start; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}

function createReplay() {
  let hardState: HardState = { term: 0, vote: 0, commit: 0 };
  let mark: LogPlace | undefined;
  let entries: Entry[] = [];
  let highest = 0;
  let last = 0;
  return {
    highest: () => highest,
    result: () => ({ hardState, mark, entries, last }),
    /** What comes next does not follow what came before. */
    beginAnew(): void {
      mark = undefined;
      entries = [];
    },
    add(batch: LogRecord): void {
      last = batch.last ?? lastAfter(last, batch);
      if (batch.hardState) hardState = batch.hardState;
      if (batch.mark) {
        mark = batch.mark;
        entries = [];
        highest = Math.max(highest, mark.index);
      }
      for (const entry of batch.entries) {
        const first = entries[0]?.index ?? entry.index;
        if (entry.index > first + entries.length)
          throw new Error(`entry ${entry.index} does not follow ${first + entries.length - 1}`);
        if (entry.index <= first) entries = [entry];
        else {
          entries.length = entry.index - first;
          entries.push(entry);
        }
        highest = Math.max(highest, entry.index);
      }
    },
  };
}

/** Puts what the segments hold behind a state that is already applied up to `applied`. */
function alignTo(applied: LogPlace, { hardState, mark, entries }: Replayed): LogContents {
  const first = entries[0];
  const at = first && entries[applied.index - first.index];
  const begins = first?.index ?? (mark ? mark.index + 1 : 1);
  // A snapshot that replaced another branch of the log, or went beyond its end, was installed just before a crash: the
  // state came first, and what the log holds besides was never committed.
  const diverged = applied.index > 0 && (at ? at.term !== applied.term : begins !== applied.index + 1);
  if (diverged || !first) {
    const replaced = applied.index !== (mark?.index ?? 0);
    return { hardState: raise(hardState, applied.index), mark: applied, entries: [], replaced };
  }
  if (first.index > applied.index)
    return { hardState: raise(hardState, applied.index), mark: applied, entries, replaced: false };
  // Older entries are kept for followers that lag; the first serves as the place before the rest.
  return {
    hardState: raise(hardState, applied.index),
    mark: { index: first.index, term: first.term },
    entries: entries.slice(1),
    replaced: false,
  };
}

function raise(hardState: HardState, commit: number): HardState {
  return hardState.commit >= commit ? hardState : { ...hardState, commit };
}
