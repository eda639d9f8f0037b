import type { Bytes } from '@trireme/base';
import type { Header, KeySpaceHash, KvEvent, RangeRequest, RangeResponse, Revision } from '@trireme/ports';
import { type Command, type CommandOutcome, runCommand } from './command.ts';
import type { Leases } from './leases.ts';
import type { Marks } from './marks.ts';
import { type RangeRead, readRange, startRange } from './range.ts';
import { recordHeadBytes } from './record.ts';
import { SpaceBuilder } from './restore.ts';
import {
  checkReadRevision,
  emptySpace,
  eventOf,
  type KeySpaceMeta,
  pin,
  type Space,
  type SpaceOptions,
} from './space.ts';
import { SpaceHasher } from './space-hash.ts';
import { type GoneVersion, Sweeper, sweepLimit } from './sweep.ts';

/** A version's record, under the name by which it is stored. */
export interface NamedRecord {
  readonly revision: Revision;
  readonly sub: number;
  readonly record: Bytes;
}

/**
 * A revisioned key space: commands go in, in the order of the log, and every member that applied the same ones is equal.
 * It is synchronous and pure; waiting, disks and networks are its host's. Numbers of all versions are in memory, values
 * only as far as they are not stored yet or were asked for lately: the rest is read by the function that was given in.
 */
export interface KeySpace {
  readonly revision: Revision;
  readonly compactRevision: Revision;
  /** Bytes of keys and values, all versions together. */
  readonly sizeBytes: number;
  readonly keyCount: number;
  readonly versionCount: number;
  /** Bytes of records held in memory. */
  readonly cachedBytes: number;
  readonly leases: Leases;
  readonly marks: Marks;
  /** Applies a command that was checked by `checkTxn`. With a header the outcome carries the full response. */
  apply(command: Command, header?: Header): CommandOutcome;
  /** Throws `compacted` or `future-revision`. The request was checked by `checkRange`. */
  range(request: RangeRequest, header: Header): RangeResponse;
  /** The same in steps; between two of them the revision must be pinned. */
  startRange(request: RangeRequest, header: Header): RangeRead;
  /** Until the returned function is called, nothing is swept that a read at `revision` may see. */
  pin(revision: Revision): () => void;
  /** Visits the versions that a revision made: each one's key, as text, and id. The revision must not be compacted. */
  visitChange(revision: Revision, visit: (text: string, id: number) => void): void;
  typeOf(id: number): KvEvent['type'];
  /** What a watch is told of a version; it reads the values. */
  event(id: number, withPrevious: boolean): KvEvent;
  /** Records of the revisions (`after`, `upTo`], which are not stored yet. */
  records(after: Revision, upTo: Revision): Iterable<NamedRecord>;
  /** Everything up to `revision` is stored, so it need not stay in memory. */
  storedTo(revision: Revision): void;
  /** Frees what compaction left behind, at most `maxVersions` looked at. False when nothing is left to do now. */
  sweep(maxVersions: number, gone?: (version: GoneVersion) => void): boolean;
  /** Something is left to sweep, and no read is in the way. */
  readonly canSweep: boolean;
  /** Nothing is left of what compaction made superfluous. */
  readonly isSwept: boolean;
  meta(): KeySpaceMeta;
  /** Over everything readable at `revision`; equal on equal members with the same compact revision, whatever was swept. */
  hash(revision?: Revision): KeySpaceHash;
  /** The same in steps; between two of them the compact revision must be pinned. */
  startHash(revision?: Revision): SpaceHasher;
}

export function createKeySpace(options: SpaceOptions = {}): KeySpace {
  return faceOf(emptySpace({ revision: 1, compactRevision: 0, leases: [] }, options));
}

/** Puts a stored key space together again. `add` takes the records in the order of (revision, sub). */
export interface KeySpaceBuilder {
  add(revision: Revision, sub: number, record: Bytes): void;
  finish(): KeySpace;
}

/** `gone`: told of versions that are superfluous and still stored. */
export function buildKeySpace(
  meta: KeySpaceMeta,
  options: SpaceOptions,
  gone?: (version: GoneVersion) => void,
): KeySpaceBuilder {
  const builder = new SpaceBuilder(meta, options, gone);
  return {
    add: (revision, sub, record) => builder.add(revision, sub, record),
    finish: () => faceOf(builder.finish()),
  };
}

function faceOf(space: Space): KeySpace {
  const sweeper = new Sweeper(space);
  const start = (request: RangeRequest, header: Header): RangeRead => {
    checkReadRevision(space, request.revision ?? 0);
    return startRange(space, request, request.revision || space.revision, header);
  };
  const startHash = (revision = space.revision): SpaceHasher => {
    checkReadRevision(space, revision);
    return new SpaceHasher(space, revision || space.revision);
  };
  return {
    get revision() {
      return space.revision;
    },
    get compactRevision() {
      return space.compactRevision;
    },
    get sizeBytes() {
      return space.sizeBytes;
    },
    get keyCount() {
      return space.keys.size;
    },
    get versionCount() {
      return space.versions.size;
    },
    get cachedBytes() {
      return space.cache.sizeBytes;
    },
    get canSweep() {
      return space.swept < sweepLimit(space);
    },
    get isSwept() {
      return space.swept >= space.compactRevision;
    },
    leases: space.leases,
    marks: space.marks,
    apply: (command, header) => runCommand(space, command, header),
    range(request, header) {
      checkReadRevision(space, request.revision ?? 0);
      return readRange(space, request, request.revision || space.revision, header);
    },
    startRange: start,
    pin: (revision) => pin(space, revision),
    visitChange: (revision, visit) => visitChange(space, revision, visit),
    typeOf: (id) => (space.versions.version(id) === 0 ? 'delete' : 'put'),
    event: (id, withPrevious) => eventOf(space, id, withPrevious),
    records: (after, upTo) => records(space, after, upTo),
    storedTo: (revision) => space.cache.storedTo(revision),
    sweep: (maxVersions, gone) => sweeper.sweep(maxVersions, gone),
    meta: () => ({
      revision: space.revision,
      compactRevision: space.compactRevision,
      leases: Array.from(space.leases.all(), ({ id, ttlSeconds }) => ({ id, ttlSeconds })),
      marks: space.marks.all(),
    }),
    hash: (revision) => startHash(revision).step(Number.POSITIVE_INFINITY) as KeySpaceHash,
    startHash,
  };
}

function visitChange(space: Space, revision: Revision, visit: (text: string, id: number) => void): void {
  const { changes, versions, keyTable } = space;
  if (revision < space.compactRevision || !changes.has(revision)) return;
  const end = changes.end(revision);
  for (let place = changes.start(revision); place < end; place++) {
    const id = changes.idAt(place);
    visit(keyTable.get(versions.keyId(id)).text, id);
  }
}

function* records(space: Space, after: Revision, upTo: Revision): Iterable<NamedRecord> {
  const { changes, versions, keyTable, cache, handout } = space;
  for (let revision = Math.max(after + 1, changes.first); revision <= Math.min(upTo, changes.last); revision++) {
    const end = changes.end(revision);
    for (let place = changes.start(revision); place < end; place++) {
      const id = changes.idAt(place);
      const found = cache.find(versions.place(id));
      if (!found) throw new Error(`version ${revision} is neither in memory nor stored`);
      const { length } = keyTable.get(versions.keyId(id)).text;
      const size = recordHeadBytes + length + versions.valueLength(id);
      yield { revision, sub: versions.sub(id), record: handout.copy(found.bytes, found.at, found.at + size) };
    }
  }
}
