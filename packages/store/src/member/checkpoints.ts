import { type Bytes, CodedError } from '@trireme/base';
import { sleep, type Timers } from '@trireme/ports';
import {
  buildKeySpace,
  type GoneVersion,
  type KeySpace,
  type NamedRecord,
  type SpaceOptions,
  type StoredRecords,
} from '../mvcc/index.ts';
import { isUnreadable, readRange, type StateLevel } from './level-reads.ts';
import { decodeMeta, encodeMeta, type StateMeta } from './meta-codec.ts';
import { createStateCopy, type StateCopy } from './state-copy.ts';
import {
  archiveBounds,
  archiveKey,
  generationBounds,
  metaKey,
  partialKey,
  readVersionKey,
  versionKey,
} from './state-keys.ts';

export type { StateLevel } from './level-reads.ts';

/** Small pieces disturb least. Where much has gathered, larger ones keep pace with a loop whose turns are long already. */
const smallBatchBytes = 128 << 10;
const largeBatchBytes = 1 << 20;
const pauseBytes = 8 << 20;
const removedAtOnce = 500;
/** Archiving reads the values first. */
const archivedAtOnce = 64;

/** A whole state that lies in a generation, and is not this member's yet. */
export interface StatePlace {
  readonly generation: number;
  readonly meta: StateMeta;
}

/**
 * The state on disk, behind the log. A checkpoint becomes true in one step, when its meta is written: versions newer than
 * the meta are not looked at, and versions it made superfluous are removed afterwards. Another member's whole state
 * becomes this one's in the same way, from the next generation.
 */
export interface Checkpoints {
  readonly meta: StateMeta | undefined;
  readonly generation: number;
  readonly revision: number;
  readonly index: number;
  /** Writes what changed since the last one. `meta` was taken when the space was in just that state. */
  write(space: KeySpace, meta: StateMeta): Promise<void>;
  /** Removes versions that compaction made superfluous; `archive`: they are kept for going back in time. */
  remove(gone: readonly GoneVersion[], archive: boolean): Promise<void>;
  /** Forgets archived versions that were superseded at or before this revision. */
  clearArchive(upTo: number): Promise<void>;
  /** Reads records of the present generation, for a key space that is built by applying. */
  reader(): StoredRecords;
  /** Puts the key space of a stored state together; `gone`: what is stored of it and superfluous. */
  build(place: StatePlace, options: Pick<SpaceOptions, 'cacheBytes'>): Promise<BuiltSpace>;
  /** Makes a state that was put there by `put` this member's. */
  commit(place: StatePlace): Promise<void>;
  /** Stores another member's records in a generation; `partial`: beside a note of what they are a part of. */
  put(generation: number, records: readonly NamedRecord[], partial?: Bytes): Promise<void>;
  putArchived(records: readonly { readonly supersededBy: number; readonly record: NamedRecord }[]): Promise<void>;
  clearGeneration(generation: number): Promise<void>;
  /** Of the last checkpoint. To be called when one was just written: nothing newer may be there. */
  copy(isSwept: boolean): StateCopy;
  /** Gives space that is not used any more back to the file system, where the database can. */
  defragment(): Promise<void>;
  /** On the disk; undefined where the database does not know. */
  sizeBytes(): Promise<number | undefined>;
}

export interface BuiltSpace {
  readonly space: KeySpace;
  readonly gone: readonly GoneVersion[];
}

/** What some databases can do beside. */
interface FileLevel {
  compactRange?(start: Uint8Array, end: Uint8Array): Promise<void>;
  approximateSize?(start: Uint8Array, end: Uint8Array): Promise<number>;
}

const wholeRange = [new Uint8Array([0]), new Uint8Array([0xff])] as const;

/** Reads what the stored state is, and nothing of its versions. */
export async function openCheckpoints(
  level: StateLevel,
  timers: Timers,
  damaged: StoredRecords['damaged'] = () => undefined,
): Promise<{ readonly checkpoints: Checkpoints; readonly stored: StatePlace | undefined }> {
  const found = await level.get(metaKey);
  const stored = found ? readPlace(found) : undefined;
  return { checkpoints: new LevelCheckpoints(level, timers, damaged, stored), stored };
}

function readPlace(bytes: Bytes): StatePlace {
  if (bytes.length < 4) throw new CodedError('state-damaged', 'read the stored state: its meta is cut short.');
  const generation = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0);
  return { generation, meta: decodeMeta(bytes.subarray(4)) };
}

class LevelCheckpoints implements Checkpoints {
  readonly #level: StateLevel;
  readonly #timers: Timers;
  readonly #damaged: StoredRecords['damaged'];
  meta: StateMeta | undefined;
  generation: number;

  constructor(level: StateLevel, timers: Timers, damaged: StoredRecords['damaged'], stored: StatePlace | undefined) {
    this.#level = level;
    this.#timers = timers;
    this.#damaged = damaged;
    this.meta = stored?.meta;
    this.generation = stored?.generation ?? 0;
  }

  get revision(): number {
    return this.meta?.space.revision ?? 1;
  }

  get index(): number {
    return this.meta?.replica.index ?? 0;
  }

  async write(space: KeySpace, meta: StateMeta): Promise<void> {
    await this.#putAll(this.generation, space.records(this.revision, meta.space.revision));
    await this.#putMeta(this.generation, meta);
    space.storedTo(meta.space.revision);
  }

  async remove(gone: readonly GoneVersion[], archive: boolean): Promise<void> {
    const step = archive ? archivedAtOnce : removedAtOnce;
    for (let at = 0; at < gone.length; at += step) {
      const some = gone.slice(at, at + step);
      const keys = some.map(({ revision, sub }) => versionKey(this.generation, revision, sub));
      const kept = archive ? await this.#archive(some, keys) : [];
      await this.#level.batch([...kept, ...keys.map((key) => ({ type: 'del' as const, key }))]);
      if (at + step < gone.length) await sleep(this.#timers, 0);
    }
  }

  /** A deletion need not be archived: what it deleted says when it ended. */
  async #archive(gone: readonly GoneVersion[], keys: readonly Uint8Array[]) {
    const records = await this.#level.getMany([...keys]);
    return gone.flatMap(({ supersededBy, revision, sub, isTombstone }, i) => {
      const value = records[i];
      return value && !isTombstone
        ? [{ type: 'put' as const, key: archiveKey(supersededBy, revision, sub), value }]
        : [];
    });
  }

  clearArchive(upTo: number): Promise<void> {
    return this.#level.clear(archiveBounds(0, upTo));
  }

  reader(generation = this.generation): StoredRecords {
    const read: StoredRecords['read'] = (revision, sub) => {
      try {
        return this.#level.getSync(versionKey(generation, revision, sub));
      } catch (error) {
        // As good as missing: it is never served, and the others have it.
        if (isUnreadable(error)) return undefined;
        throw error;
      }
    };
    return { read, damaged: this.#damaged };
  }

  async build({ generation, meta }: StatePlace, options: Pick<SpaceOptions, 'cacheBytes'>): Promise<BuiltSpace> {
    const gone: GoneVersion[] = [];
    const stored = this.reader(generation);
    const builder = buildKeySpace(meta.space, { ...options, stored }, (version) => gone.push(version));
    for await (const entries of readRange(this.#level, generationBounds(generation))) {
      for (const [key, record] of entries) {
        const { revision, sub } = readVersionKey(key);
        builder.add(revision, sub, record);
      }
      await sleep(this.#timers, 0);
    }
    return { space: builder.finish(), gone };
  }

  async commit({ generation, meta }: StatePlace): Promise<void> {
    const old = this.generation;
    await this.#putMeta(generation, meta);
    if (old !== generation) await this.clearGeneration(old);
  }

  async put(generation: number, records: readonly NamedRecord[], partial?: Bytes): Promise<void> {
    const batch = this.#level.batch();
    for (const { revision, sub, record } of records) batch.put(versionKey(generation, revision, sub), record);
    if (partial) batch.put(partialKey, partial);
    await batch.write();
  }

  async putArchived(
    records: readonly { readonly supersededBy: number; readonly record: NamedRecord }[],
  ): Promise<void> {
    const batch = this.#level.batch();
    for (const { supersededBy, record } of records)
      batch.put(archiveKey(supersededBy, record.revision, record.sub), record.record);
    await batch.write();
  }

  clearGeneration(generation: number): Promise<void> {
    return this.#level.clear(generationBounds(generation));
  }

  copy(isSwept: boolean): StateCopy {
    if (!this.meta) throw new Error('a copy was asked for before the first checkpoint');
    return createStateCopy(this.#level, { generation: this.generation, meta: this.meta }, isSwept, this.#damaged);
  }

  async defragment(): Promise<void> {
    await (this.#level as FileLevel).compactRange?.(...wholeRange);
  }

  async sizeBytes(): Promise<number | undefined> {
    return (this.#level as FileLevel).approximateSize?.(...wholeRange);
  }

  async #putAll(generation: number, records: Iterable<NamedRecord>): Promise<void> {
    let batch = this.#level.batch();
    let bytes = 0;
    let written = 0;
    for (const { revision, sub, record } of records) {
      bytes += record.length + 64;
      batch.put(versionKey(generation, revision, sub), record);
      if (bytes < (written < largeBatchBytes ? smallBatchBytes : largeBatchBytes)) continue;
      await batch.write();
      // Handing over is work on the event loop that carries Raft. A database on a disk gives others a turn by itself.
      if (written < largeBatchBytes || (written + bytes) % pauseBytes < bytes) await sleep(this.#timers, 0);
      batch = this.#level.batch();
      written += bytes;
      bytes = 0;
    }
    await batch.write();
  }

  async #putMeta(generation: number, meta: StateMeta): Promise<void> {
    const encoded = encodeMeta(meta);
    const value = new Uint8Array(4 + encoded.length);
    new DataView(value.buffer).setUint32(0, generation);
    value.set(encoded, 4);
    // Classic-level takes `sync`; it makes this and all writes before it durable.
    const done = [
      { type: 'put' as const, key: metaKey, value },
      ...(generation === this.generation ? [] : [{ type: 'del' as const, key: partialKey }]),
    ];
    await this.#level.batch(done, { sync: true } as object);
    this.meta = meta;
    this.generation = generation;
  }
}
