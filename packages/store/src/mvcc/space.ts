import { type Bytes, emptyBytes } from '@trireme/base';
import { type KeyValue, KvError, type KvEvent, type Revision } from '@trireme/ports';
import { ChangeLog } from './change-log.ts';
import { type DamagedValue, DamagedValueError } from './damaged-value.ts';
import { Handout } from './handout.ts';
import { type KeyEntry, KeyTable, keyBytes } from './key-table.ts';
import { createLeases, type Leases } from './leases.ts';
import { createMarks, type Marks } from './marks.ts';
import { isWhole, readHead, recordHeadBytes, type VersionFields } from './record.ts';
import { RecordCache } from './record-cache.ts';
import { createSortedKeys, type SortedKeys } from './sorted-keys.ts';
import { type VersionRow, VersionTable } from './version-table.ts';

/** The disk behind a key space. */
export interface StoredRecords {
  /** The record that was stored under this name; undefined where there is none. */
  read(revision: Revision, sub: number): Bytes | undefined;
  /** A value was asked for, and what is stored of it is damaged. */
  damaged(value: DamagedValue): void;
}

/** What commands, reads and the sweeper work on. */
export interface Space {
  revision: Revision;
  compactRevision: Revision;
  /** The revision up to which what compaction made superfluous was freed. */
  swept: Revision;
  /** Keys and values of all versions together. */
  sizeBytes: number;
  readonly keys: SortedKeys<KeyEntry>;
  readonly keyTable: KeyTable;
  readonly versions: VersionTable;
  readonly cache: RecordCache;
  readonly stored: StoredRecords;
  readonly handout: Handout;
  readonly leases: Leases;
  readonly marks: Marks;
  readonly changes: ChangeLog;
  /** How many read at a revision, for as long as they do: nothing that they may see is swept. */
  readonly pins: Map<Revision, number>;
}

/** The few numbers and the leases that go with the stored versions. */
export interface KeySpaceMeta {
  readonly revision: Revision;
  readonly compactRevision: Revision;
  readonly leases: readonly { readonly id: bigint; readonly ttlSeconds: number }[];
  /** [revision, unix ms], oldest first. */
  readonly marks?: readonly (readonly [Revision, number])[] | undefined;
}

export interface SpaceOptions {
  readonly stored?: StoredRecords | undefined;
  /** Bytes of records held in memory beyond those that are not stored yet. */
  readonly cacheBytes?: number | undefined;
  /** What is dropped of them at once. */
  readonly slabBytes?: number | undefined;
}

const nothingStored: StoredRecords = { read: () => undefined, damaged: () => undefined };
/**
 * The newest versions of tens of thousands of small values. A read from the disk beside it takes some microseconds: twice
 * as large it took 22 MB more under load, and gets of 100,000 keys no less CPU.
 */
export const defaultCacheBytes = 16 << 20;

/** `firstChange`: the oldest revision whose change will be told. */
export function emptySpace(meta: KeySpaceMeta, options: SpaceOptions, firstChange = meta.revision + 1): Space {
  const leases = createLeases();
  for (const { id, ttlSeconds } of meta.leases) leases.add(id, ttlSeconds);
  const { revision, compactRevision } = meta;
  return {
    revision,
    compactRevision,
    swept: compactRevision,
    sizeBytes: 0,
    keys: createSortedKeys(),
    keyTable: new KeyTable(),
    versions: new VersionTable(),
    // Without a disk nothing may be dropped, for it is nowhere else.
    cache: new RecordCache(
      options.stored ? (options.cacheBytes ?? defaultCacheBytes) : Number.MAX_VALUE,
      revision,
      options.slabBytes,
    ),
    stored: options.stored ?? nothingStored,
    handout: new Handout(),
    leases,
    marks: createMarks(meta.marks),
    changes: new ChangeLog(firstChange - 1),
    pins: new Map(),
  };
}

/** Throws where a read at `revision` cannot be answered; 0 is the newest. */
export function checkReadRevision(space: Pick<Space, 'revision' | 'compactRevision'>, revision: Revision): void {
  if (revision > space.revision)
    throw new KvError('future-revision', `Revision ${revision} is not there yet: the store is at ${space.revision}.`);
  if (revision > 0 && revision < space.compactRevision)
    throw new KvError('compacted', `Revision ${revision} was compacted at ${space.compactRevision}. Read a newer one.`);
}

/** Adds the newest version of its key. `entry`: the key's, if it is there. */
export function insertVersion(space: Space, text: string, entry: KeyEntry | undefined, fields: VersionFields): number {
  const place = space.cache.write(fields);
  const found = space.cache.find(place);
  const digest = found ? found.view.getInt32(found.at, true) : 0;
  const { modRevision, createRevision, version, lease, sub, value } = fields;
  return insertRow(space, text, entry, {
    ...{ modRevision, createRevision, version, lease, sub, digest },
    valueLength: value.length,
    place,
  });
}

export function insertRow(space: Space, text: string, known: KeyEntry | undefined, row: VersionRow): number {
  const { versions } = space;
  const entry = known ?? space.keyTable.add(text);
  if (!known) space.keys.insert(entry);
  const before = entry.newest;
  const id = versions.add(row, entry.id, before);
  entry.newest = id;
  space.sizeBytes += text.length + row.valueLength;
  space.leases.move(entry.text, before === 0 ? 0n : versions.lease(before), row.lease);
  return id;
}

/** Forgets a version that nobody may see any more. */
export function freeVersion(space: Space, id: number): void {
  const { versions, keyTable } = space;
  const entry = keyTable.get(versions.keyId(id));
  space.sizeBytes -= entry.text.length + versions.valueLength(id);
  if (entry.newest === id) entry.newest = versions.older(id);
  versions.remove(id);
  if (entry.newest !== 0) return;
  space.keys.remove(entry.text);
  keyTable.remove(entry);
}

/** The newest version if it is alive, else 0. */
export function liveVersion({ versions }: Space, entry: KeyEntry | undefined): number {
  return entry && versions.version(entry.newest) > 0 ? entry.newest : 0;
}

/** The version that a read at `revision` sees, if it is alive, else 0. */
export function liveAt({ versions }: Space, entry: KeyEntry, revision: Revision): number {
  let id = entry.newest;
  while (id !== 0 && versions.mod(id) > revision) id = versions.older(id);
  return id !== 0 && versions.version(id) > 0 ? id : 0;
}

export function isCold(space: Space, id: number): boolean {
  return space.versions.valueLength(id) > 0 && space.cache.find(space.versions.place(id)) === undefined;
}

/** For comparing; not to be handed out or kept. */
export function valueView(space: Space, id: number): Bytes {
  const length = space.versions.valueLength(id);
  if (length === 0) return emptyBytes;
  const found = space.cache.find(space.versions.place(id));
  if (!found) return storedValue(space, id, true);
  const at = found.at + recordHeadBytes + space.keyTable.get(space.versions.keyId(id)).text.length;
  return found.bytes.subarray(at, at + length);
}

/**
 * A version as readers get it: its own, and never changed. `keep`: a value that had to be read from the disk stays in
 * memory for those who ask next; a read of a great many would only push out what is asked for often.
 */
export function keyValue(space: Space, id: number, keep: boolean, withValue = true): KeyValue {
  const { versions } = space;
  const { text } = space.keyTable.get(versions.keyId(id));
  return {
    key: keyBytes(text),
    value: withValue ? ownValue(space, id, text.length, keep) : emptyBytes,
    createRevision: versions.create(id),
    modRevision: versions.mod(id),
    version: versions.version(id),
    lease: versions.lease(id),
  };
}

function ownValue(space: Space, id: number, keyLength: number, keep: boolean): Bytes {
  const length = space.versions.valueLength(id);
  if (length === 0) return emptyBytes;
  const found = space.cache.find(space.versions.place(id));
  if (!found) return storedValue(space, id, keep);
  const at = found.at + recordHeadBytes + keyLength;
  return space.handout.copy(found.bytes, at, at + length);
}

function storedValue(space: Space, id: number, keep: boolean): Bytes {
  const { versions } = space;
  const revision = versions.mod(id);
  const record = space.stored.read(revision, versions.sub(id));
  const head = record && readHead(record);
  if (!record || !head || head.digest !== versions.digest(id) || !isWhole(record, head)) {
    const damaged = {
      key: keyBytes(space.keyTable.get(versions.keyId(id)).text),
      ...{ revision, sub: versions.sub(id) },
    };
    space.stored.damaged(damaged);
    throw new DamagedValueError(damaged);
  }
  if (keep) versions.setPlace(id, space.cache.admit(record));
  return record.subarray(recordHeadBytes + head.keyLength);
}

/** The version before this one, if it is here and was alive. */
export function previousLive({ versions }: Space, id: number): number {
  const older = versions.older(id);
  return older !== 0 && versions.version(older) > 0 ? older : 0;
}

/** What a watch is told of a version. */
export function eventOf(space: Space, id: number, withPrevious: boolean): KvEvent {
  const type = space.versions.version(id) === 0 ? 'delete' : 'put';
  const kv = keyValue(space, id, false);
  const previous = withPrevious ? previousLive(space, id) : 0;
  return previous === 0 ? { type, kv } : { type, kv, prevKv: keyValue(space, previous, false) };
}

/** Holds what can be read at `revision` until the returned function is called. */
export function pin({ pins }: Space, revision: Revision): () => void {
  let held = true;
  pins.set(revision, (pins.get(revision) ?? 0) + 1);
  return () => {
    if (!held) return;
    held = false;
    const left = (pins.get(revision) ?? 1) - 1;
    if (left === 0) pins.delete(revision);
    else pins.set(revision, left);
  };
}
