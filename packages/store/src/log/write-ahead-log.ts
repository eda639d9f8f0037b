import { type Bytes, createDeferred, type Deferred, hasCode, messageOf } from '@trireme/base';
import { type Disk, type DiskFile, type Logger, sleep, type Timer, type Timers } from '@trireme/ports';
import { encodeBatches, type LogBatch, lastAfter } from './codec.ts';
import {
  type Damage,
  type LogContents,
  LogDamagedError,
  type LogPlace,
  type ReadLog,
  readLog,
  type SegmentInfo,
  segmentName,
} from './read-log.ts';
import { encodeRecord, paddedSize } from './record.ts';
import { beginRepair, endRepair, type Repair, readRepair } from './repair-file.ts';
import { newerVote, openVoteFile, type Vote, type VoteFile } from './vote-file.ts';

export interface LogOptions {
  readonly directory?: string;
  readonly segmentBytes?: number;
  /** At most this much goes into one write, unless one batch alone is larger. */
  readonly maxGroupBytes?: number;
  /** The state that the log is read for is applied up to here. */
  readonly applied?: LogPlace;
  /**
   * Where entries are lost, begin anew at the applied state and say so, in place of throwing `LogDamagedError`. The member
   * must then have back what it lost before it votes.
   */
  readonly repair?: boolean;
}

export interface LogDeps {
  readonly disk: Disk;
  readonly time: Timers;
  readonly logger: Logger;
}

/**
 * The log on disk. What is appended while a write is under way goes together into the next one: one write and one sync
 * for all that waits. Segments are filled with zeros beforehand, so that a write changes no metadata.
 */
export interface WriteAheadLog {
  /** Resolves when the batch is durable. Batches become durable in the order of the calls. */
  append(batch: LogBatch): Promise<void>;
  /** Drops segments that hold nothing beyond `index`. */
  compact(index: number): Promise<void>;
  /** The disk has no room for the next segment. What is appended may have to wait until it has. */
  readonly isFull: boolean;
  readonly sizeBytes: number;
  /** What the log had lost is there again, and durable. */
  repaired(): Promise<void>;
  close(): Promise<void>;
}

const fullRetryMs = 500;
const sealMs = 1_000;
const zeros = new Uint8Array(1 << 20);

interface Waiting {
  readonly batch: LogBatch;
  readonly bytes: number;
  readonly done: Deferred<void>;
}

class SegmentedLog implements WriteAheadLog {
  readonly #deps: LogDeps;
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #maxGroupBytes: number;
  readonly #segments: SegmentInfo[];
  #file: DiskFile | undefined;
  #offset: number;
  #size: number;
  readonly #votes: VoteFile;
  #hardState: LogBatch['hardState'];
  #vote: Vote;
  #last: number;
  #sealTimer: Timer | undefined;
  #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #spare: Promise<void> | undefined;
  #full = false;
  #closed = false;
  #isSealed = false;
  /** After a failed sync nothing may be assumed about the file, so nothing more is written. */
  #failure: unknown;

  constructor(
    deps: LogDeps,
    options: Required<Omit<LogOptions, 'applied' | 'repair'>>,
    read: ReadLog,
    votes: VoteFile,
  ) {
    this.#votes = votes;
    this.#vote = votes.found ?? { term: 0, vote: 0 };
    this.#last = read.contents.entries.at(-1)?.index ?? read.contents.mark.index;
    this.#deps = deps;
    this.#directory = options.directory;
    this.#segmentBytes = options.segmentBytes;
    this.#maxGroupBytes = options.maxGroupBytes;
    this.#segments = [...read.segments];
    this.#offset = read.endOffset;
    this.#size = read.lastSize;
    this.#hardState = read.contents.hardState;
  }

  /** Makes the last segment writable: what a torn write left behind its end is wiped first. */
  async start(torn: boolean): Promise<void> {
    const last = this.#segments.at(-1);
    if (last) {
      this.#file = await this.#deps.disk.open(last.path, 'existing');
      if (torn) {
        this.#deps.logger.log('warn', 'the last write of the log was torn by a crash and is cut off', {
          file: last.path,
          offset: this.#offset,
        });
        await this.#fillZeros(this.#file, this.#offset, this.#size);
      }
      // What was read may be in the page cache only, if the last process was killed between its write and its sync. This
      // one will promise by it, so it must be durable first, and so must the segment's name.
      await this.#file.sync();
      await this.#deps.disk.syncDirectory(this.#directory);
      // A crash came between the segment's making and its first record.
      if (this.#offset === 0)
        await this.#writeRecord(last, encodeBatches([{ hardState: this.#hardState, entries: [] }], this.#last));
    } else await this.#rotate(0);
    this.#prepareSpare();
  }

  get isFull(): boolean {
    return this.#full;
  }

  get sizeBytes(): number {
    return this.#segments.length * this.#segmentBytes;
  }

  append(batch: LogBatch): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const done = createDeferred<void>();
    let bytes = 64;
    for (const { data } of batch.entries) bytes += data.length + 32;
    this.#queue.push({ batch, bytes, done });
    this.#writing ??= this.#writeAll();
    this.#sealTimer?.cancel();
    return done.promise;
  }

  async #writeAll(): Promise<void> {
    // Starts in the next microtask, so that all appends of this turn share the first write.
    await undefined;
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#writeGroup(group.map(({ batch }) => batch));
        for (const { done } of group) done.resolve();
      } catch (error) {
        this.#failure = error;
        for (const { done } of [...group, ...this.#queue.splice(0)]) done.reject(error);
      }
    }
    this.#writing = undefined;
    this.#sealLater();
  }

  /**
   * A last record that cannot be read looks like a write that a crash tore, and that was never acknowledged. So when nothing
   * follows it for a while, an empty record does: from then on damage to it is known for what it is.
   */
  #sealLater(): void {
    if (this.#closed || this.#failure !== undefined || this.#isSealed) return;
    this.#sealTimer = this.#deps.time.after(sealMs, () => {
      if (this.#closed || this.#writing) return;
      this.#isSealed = true;
      this.append({ entries: [] }).catch(() => undefined);
    });
  }

  async repaired(): Promise<void> {
    // Whatever was appended before this is durable when it is.
    await this.append({ entries: [] });
    await endRepair(this.#deps.disk, this.#directory);
  }

  #takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      bytes += waiting.bytes;
      if (count > 0 && bytes > this.#maxGroupBytes) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #writeGroup(batches: readonly LogBatch[]): Promise<void> {
    for (const batch of batches) if (batch.hardState) this.#hardState = batch.hardState;
    const last = batches.reduce(lastAfter, this.#last);
    this.#isSealed = batches.every(({ hardState, mark, entries }) => !hardState && !mark && entries.length === 0);
    const payload = encodeBatches(batches, last);
    if (this.#offset + paddedSize(payload.length) > this.#size) await this.#rotate(paddedSize(payload.length));
    this.#last = last;
    const segment = this.#segments.at(-1) as SegmentInfo;
    for (const batch of batches)
      segment.lastIndex = Math.max(segment.lastIndex, batch.mark?.index ?? 0, batch.entries.at(-1)?.index ?? 0);
    await Promise.all([this.#writeRecord(segment, payload), this.#writeVote()]);
  }

  async #writeVote(): Promise<void> {
    const { term, vote } = this.#hardState ?? this.#vote;
    if (term === this.#vote.term && vote === this.#vote.vote) return;
    await this.#votes.write({ term, vote });
    this.#vote = { term, vote };
  }

  async #writeRecord(segment: SegmentInfo, payload: Bytes): Promise<void> {
    const file = this.#file as DiskFile;
    const record = encodeRecord(segment.sequence, this.#offset, payload);
    await this.#untilSpace(async () => {
      if (file.writeDurably) return file.writeDurably(this.#offset, record);
      await file.write(this.#offset, record);
      await file.sync();
    });
    this.#offset += record.length;
  }

  /** Begins the next segment, which opens with the hard state: older segments may go at any time. */
  async #rotate(neededBytes: number): Promise<void> {
    const { disk } = this.#deps;
    const before = this.#segments.at(-1);
    const sequence = (before?.sequence ?? 0) + 1;
    const path = `${this.#directory}/${segmentName(sequence)}`;
    const head = encodeBatches([{ hardState: this.#hardState, entries: [] }], this.#last);
    const size = Math.max(this.#segmentBytes, neededBytes + paddedSize(head.length));
    await this.#spare;
    this.#spare = undefined;
    await this.#untilSpace(() => this.#makeSpare(size));
    await disk.rename(this.#sparePath, path);
    await disk.syncDirectory(this.#directory);
    await this.#file?.close();
    this.#file = await disk.open(path, 'existing');
    this.#offset = 0;
    this.#size = size;
    const segment: SegmentInfo = { sequence, path, lastIndex: before?.lastIndex ?? 0 };
    this.#segments.push(segment);
    await this.#writeRecord(segment, head);
    this.#prepareSpare();
  }

  get #sparePath(): string {
    return `${this.#directory}/spare`;
  }

  /** Fills the next segment with zeros while this one is in use. */
  #prepareSpare(): void {
    if (this.#closed || this.#spare) return;
    this.#spare = this.#untilSpace(() => this.#makeSpare(this.#segmentBytes)).catch((error: unknown) => {
      // It is tried again when the segment is needed, and then its failure counts.
      this.#deps.logger.log('warn', 'the next segment of the log could not be prepared', { error: messageOf(error) });
    });
  }

  async #makeSpare(sizeBytes: number): Promise<void> {
    const { disk } = this.#deps;
    const present = (await disk.list(this.#directory)).includes('spare');
    const file = await disk.open(this.#sparePath, present ? 'existing' : 'create');
    try {
      const size = await file.size();
      if (size < sizeBytes) await this.#fillZeros(file, size, sizeBytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async #fillZeros(file: DiskFile, from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += zeros.length) {
      if (this.#closed) return;
      await file.write(at, zeros.subarray(0, Math.min(zeros.length, to - at)));
    }
  }

  /** A full disk is waited for: space comes back, and nothing that was promised is lost meanwhile. */
  async #untilSpace(action: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await action();
        this.#full = false;
        return;
      } catch (error) {
        if (!hasCode(error, 'no-space')) throw error;
        if (!this.#full)
          this.#deps.logger.log('error', 'the disk of the log is full; writes are refused until there is space again', {
            error: messageOf(error),
          });
        this.#full = true;
      }
      await sleep(this.#deps.time, fullRetryMs);
      if (this.#closed) throw new Error('the log was closed while it waited for disk space');
    }
  }

  async compact(index: number): Promise<void> {
    while (this.#segments.length > 1 && (this.#segments[0] as SegmentInfo).lastIndex <= index) {
      // Oldest first, and each for good before the next goes: a power failure leaves no hole.
      await this.#deps.disk.remove((this.#segments[0] as SegmentInfo).path);
      this.#segments.shift();
      await this.#deps.disk.syncDirectory(this.#directory);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sealTimer?.cancel();
    await this.#writing;
    await this.#spare;
    await this.#votes.close();
    await this.#file?.close();
  }
}

/** Opens the log, or begins one. Throws `LogDamagedError` where what was synced cannot be read, unless told to repair it. */
export async function openLog(
  deps: LogDeps,
  options: LogOptions = {},
): Promise<{
  readonly log: WriteAheadLog;
  readonly contents: LogContents;
  /** The log had lost entries: what it must get back. */
  readonly repair: Repair | undefined;
}> {
  const {
    directory = 'log',
    segmentBytes = 16 << 20,
    maxGroupBytes = 4 << 20,
    applied = { index: 0, term: 0 },
    repair: mayRepair = false,
  } = options;
  const { disk } = deps;
  await disk.makeDirectory(directory);
  const votes = await openVoteFile(disk, directory);
  let read = await readLog(disk, directory, applied);
  // What reads differently the second time was a failure of the reading, and nothing is lost.
  if (read.damage) read = await readLog(disk, directory, applied);
  const known = await readRepair(disk, directory);
  const damage = read.damage ?? (await missingLog(read, votes, directory, known));
  let repair = known;
  // Without its vote a damaged log says nothing for sure: another record may have had a newer one.
  if ((damage ?? known) && (!mayRepair || (damage && votes.isLost))) throw damagedError(damage ?? known?.damage);
  if (damage) {
    const { term } = newerVote(votes.found, read.contents.hardState);
    repair = { damage, floor: Math.max(read.last, known?.floor ?? 0), term: Math.max(term, known?.term ?? 0) };
    deps.logger.log('error', 'the log is damaged; what it lost is fetched from the other members', { ...damage });
    await beginRepair(disk, directory, repair);
    const hardState = { ...newerVote(votes.found, read.contents.hardState), commit: applied.index };
    const contents = { hardState, mark: applied, entries: [], replaced: true };
    read = { ...read, contents, segments: [], endOffset: 0, lastSize: 0, torn: false, last: applied.index };
  }
  const { mark, entries, replaced } = read.contents;
  const hardState = { ...read.contents.hardState, ...newerVote(votes.found, read.contents.hardState) };
  const contents = { hardState, mark, entries, replaced };
  const log = new SegmentedLog(deps, { directory, segmentBytes, maxGroupBytes }, { ...read, contents }, votes);
  await log.start(read.torn);
  // Both places that know the vote are made to agree before anything is promised by it.
  const isNews = hardState.term !== (votes.found?.term ?? 0) || hardState.vote !== (votes.found?.vote ?? 0);
  if (replaced) await log.append({ hardState, mark, entries: [] });
  else if (isNews || votes.isLost) await log.append({ hardState, entries: [] });
  return { log, contents, repair };
}

/** A member that once voted has had a log since. */
async function missingLog(
  { segments }: ReadLog,
  votes: VoteFile,
  directory: string,
  known: Repair | undefined,
): Promise<Damage | undefined> {
  const isThere = segments.length > 0 || (votes.found === undefined && !votes.isLost);
  if (isThere) return undefined;
  return known?.damage ?? { file: directory, offset: 0, what: 'all segments are missing' };
}

function damagedError(damage: Damage | undefined): LogDamagedError {
  const { file, offset, what } = damage ?? { file: 'log', offset: 0, what: 'damage was found' };
  return new LogDamagedError(file, offset, what);
}
