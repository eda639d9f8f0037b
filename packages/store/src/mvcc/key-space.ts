import { invariant } from '@trireme/base';
import {
  type Header,
  KvError,
  type KvEvent,
  type RangeRequest,
  type RangeResponse,
  type Revision,
} from '@trireme/ports';
import { type Change, type ChangeLog, createChangeLog } from './change-log.ts';
import { type Command, type CommandOutcome, runCommand } from './command.ts';
import { hashVersions } from './hash.ts';
import { keyText } from './key-text.ts';
import { createLeases, type Leases } from './leases.ts';
import { readRange } from './range.ts';
import { createSortedKeys, type SortedKeys } from './sorted-keys.ts';
import { firstKept, type KeyEntry, Version } from './version.ts';

/** The few numbers and the leases that go with the stored versions. */
export interface KeySpaceMeta {
  readonly revision: Revision;
  readonly compactRevision: Revision;
  readonly leases: readonly { readonly id: bigint; readonly ttlSeconds: number }[];
}

/**
 * A revisioned key space: commands go in, in the order of the log, and every member that applied the same ones is equal.
 * It is synchronous and pure; waiting, disks and networks are its host's.
 */
export interface KeySpace {
  readonly revision: Revision;
  readonly compactRevision: Revision;
  /** Bytes of keys and values, all versions together. */
  readonly sizeBytes: number;
  readonly keyCount: number;
  readonly leases: Leases;
  /** Applies a command that was checked by `checkTxn`. With a header the outcome carries the full response. */
  apply(command: Command, header?: Header): CommandOutcome;
  /** Throws `compacted` or `future-revision`. The request was checked by `checkRange`. */
  range(request: RangeRequest, header: Header): RangeResponse;
  /** The change of this revision, if it is still there; with `unswept` also one that is compacted but not yet swept. */
  changeAt(revision: Revision, unswept?: boolean): Change | undefined;
  /** Frees what compaction left behind, at most `maxVersions` looked at. False when nothing is left to do. */
  sweep(maxVersions: number, removed?: (version: Version) => void): boolean;
  meta(): KeySpaceMeta;
  /** The next keys of a copy as of `copy.revision`; `last` undefined: that was all. Nothing may be swept meanwhile. */
  exportAfter(after: string | undefined, copy: CopyBounds): CopyPart;
  /** Over everything readable at `revision` and after the compact revision; equal on equal members. */
  hash(revision?: Revision): number;
}

/** Of a copy and of one part of it. */
export interface CopyBounds {
  readonly revision: Revision;
  /** As it was when the copy began. */
  readonly compactRevision: Revision;
  readonly maxKeys: number;
  readonly maxBytes: number;
}

export interface CopyPart {
  readonly versions: readonly Version[];
  readonly last: string | undefined;
}

/** What commands work on. */
export interface Space {
  revision: Revision;
  compactRevision: Revision;
  /** The compact revision up to which superfluous versions were freed. */
  swept: Revision;
  sizeBytes: number;
  readonly keys: SortedKeys<KeyEntry>;
  readonly leases: Leases;
  readonly changes: ChangeLog;
}

/** What a key space is made of: another one's meta and versions, the versions in any order. */
export interface KeySpaceCopy {
  readonly meta: KeySpaceMeta;
  readonly versions: readonly Version[];
  /** Called for versions that compaction has made superfluous and that were still in the copy. */
  readonly removed?: (version: Version) => void;
}

export function createKeySpace(from?: KeySpaceCopy): KeySpace {
  const space = from ? restore(from) : emptySpace({ revision: 1, compactRevision: 0, leases: [] });
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
    leases: space.leases,
    apply: (command, header) => runCommand(space, command, header),
    range(request, header) {
      checkReadRevision(space, request.revision ?? 0);
      return readRange(space.keys, request, request.revision || space.revision, header);
    },
    changeAt: (revision, unswept) =>
      revision < space.compactRevision && !unswept ? undefined : space.changes.at(revision),
    sweep: (maxVersions, removed) => sweep(space, maxVersions, removed),
    meta: () => ({
      revision: space.revision,
      compactRevision: space.compactRevision,
      leases: Array.from(space.leases.all(), ({ id, ttlSeconds }) => ({ id, ttlSeconds })),
    }),
    exportAfter: (after, copy) => exportAfter(space, after, copy),
    hash: (revision = space.revision) => hashVersions(keptVersions(space, revision)),
  };
}

/** Throws where a read at `revision` cannot be answered; 0 is the newest. */
export function checkReadRevision(space: Pick<Space, 'revision' | 'compactRevision'>, revision: Revision): void {
  if (revision > space.revision)
    throw new KvError('future-revision', `Revision ${revision} is not there yet: the store is at ${space.revision}.`);
  if (revision > 0 && revision < space.compactRevision)
    throw new KvError('compacted', `Revision ${revision} was compacted at ${space.compactRevision}. Read a newer one.`);
}

function emptySpace(meta: KeySpaceMeta, firstChange = meta.revision + 1): Space {
  const leases = createLeases();
  for (const { id, ttlSeconds } of meta.leases) leases.add(id, ttlSeconds);
  const { revision, compactRevision } = meta;
  const changes = createChangeLog(firstChange - 1);
  return { revision, compactRevision, swept: compactRevision, sizeBytes: 0, keys: createSortedKeys(), leases, changes };
}

function restore({ meta, versions, removed }: KeySpaceCopy): Space {
  const ordered = [...versions].sort((a, b) => a.modRevision - b.modRevision || Version.sub(a) - Version.sub(b));
  // A watch may start at the compact revision itself, so that change is still told.
  const firstChange = Math.max(meta.compactRevision, 2);
  const space = emptySpace(meta, firstChange);
  // A restored store may be compacted at a revision at which nothing happened: its change is one of nothing.
  if (meta.compactRevision === firstChange && !ordered.some((version) => version.modRevision === firstChange))
    space.changes.push({ revision: firstChange, events: [] });
  let events: KvEvent[] = [];
  for (const [index, version] of ordered.entries()) {
    const prevKv = insertVersion(space, version);
    if (version.modRevision < firstChange) continue;
    events.push(eventOf(version, prevKv));
    if (ordered[index + 1]?.modRevision === version.modRevision) continue;
    space.changes.push({ revision: version.modRevision, events });
    events = [];
  }
  invariant(
    space.changes.last === meta.revision,
    `the stored versions end at revision ${space.changes.last}, not at ${meta.revision}: the copy is not complete`,
  );
  const texts: string[] = [];
  space.keys.visit({ from: '', to: undefined }, (entry) => {
    if (firstKept(entry, space.compactRevision) > 0) texts.push(entry.text);
    return undefined;
  });
  for (const text of texts) pruneKey(space, text, removed);
  return space;
}

export function eventOf(version: Version, prevKv: Version | undefined): KvEvent {
  return { type: version.version === 0 ? 'delete' : 'put', kv: version, prevKv };
}

/** Adds the newest version of its key; returns the one before if that is alive. */
export function insertVersion(space: Space, version: Version): Version | undefined {
  const text = keyText(version.key);
  const entry = space.keys.get(text);
  const before = entry?.versions.at(-1);
  if (entry) entry.versions.push(version);
  else space.keys.insert({ text, versions: [version] });
  space.sizeBytes += version.key.length + version.value.length;
  space.leases.move(text, before?.lease ?? 0n, version.lease);
  return before && before.version > 0 ? before : undefined;
}

function sweep(space: Space, maxVersions: number, removed?: (version: Version) => void): boolean {
  let looked = 0;
  // Every version that a compaction makes superfluous was made so by a change at or before it. The change of the compact
  // revision itself stays, and is looked at again by the next compaction: its tombstones are only then superfluous.
  while (space.swept < space.compactRevision) {
    if (looked >= maxVersions) return true;
    const revision = Math.min(space.changes.first, space.compactRevision);
    for (const { kv } of space.changes.at(revision)?.events ?? []) {
      looked += 1;
      pruneKey(space, keyText(kv.key), removed);
    }
    if (revision === space.compactRevision) space.swept = revision;
    else space.changes.shift();
  }
  return false;
}

function pruneKey(space: Space, text: string, removed?: (version: Version) => void): void {
  const entry = space.keys.get(text);
  if (!entry) return;
  const kept = firstKept(entry, space.compactRevision);
  if (kept === 0) return;
  for (const version of entry.versions.slice(0, kept)) {
    space.sizeBytes -= version.key.length + version.value.length;
    removed?.(version);
  }
  entry.versions = entry.versions.slice(kept);
  if (entry.versions.length === 0) space.keys.remove(text);
}

function exportAfter(space: Space, after: string | undefined, copy: CopyBounds): CopyPart {
  const versions: Version[] = [];
  let last: string | undefined;
  let keys = 0;
  let bytes = 0;
  space.keys.visit({ from: after === undefined ? '' : `${after}\0`, to: undefined }, (entry) => {
    if (keys === copy.maxKeys || bytes >= copy.maxBytes) return false;
    keys += 1;
    last = entry.text;
    for (const version of entry.versions.slice(firstKept(entry, copy.compactRevision))) {
      if (version.modRevision > copy.revision) break;
      bytes += version.key.length + version.value.length;
      versions.push(version);
    }
    return undefined;
  });
  return { versions, last };
}

function* keptVersions(space: Space, revision: Revision): Iterable<Version> {
  let after: string | undefined;
  for (;;) {
    const bounds = { revision, compactRevision: space.compactRevision, maxKeys: 256, maxBytes: 1 << 20 };
    const { versions, last } = exportAfter(space, after, bounds);
    yield* versions;
    if (last === undefined) return;
    after = last;
  }
}
