import { type Bytes, compareBytes, emptyBytes } from '@trireme/base';
import type { KeyRange, KeyValue, KvEvent, LeaseId, Revision } from '@trireme/ports';

interface Version {
  readonly kv: KeyValue;
  readonly deleted: boolean;
}

interface Entry {
  readonly key: Bytes;
  /** Oldest first, the newest is the present state. */
  versions: Version[];
}

/** The events of one revision. */
export interface Change {
  readonly revision: Revision;
  readonly events: readonly KvEvent[];
}

/** One revision in the making: reads inside see what it has written so far. */
export interface Writer {
  put(key: Bytes, value: Bytes, lease: LeaseId): KeyValue | undefined;
  deleteRange(range: KeyRange): readonly KeyValue[];
}

/**
 * Every version of every key in one sorted array, and every change in one list: slow beyond some ten thousand keys, and
 * simple enough to be believed. It is what cleverer key spaces are compared with.
 */
export interface MemorySpace {
  readonly revision: Revision;
  readonly compactRevision: Revision;
  readonly sizeBytes: number;
  /** Live keys in the range as they stood at `revision`, in key order. */
  read(range: KeyRange, revision: Revision): readonly KeyValue[];
  /** Runs `write`; what it changed, if anything, becomes the next revision. */
  change<T>(write: (writer: Writer) => T): { readonly result: T; readonly change: Change | undefined };
  /** Changes from `revision` on that are still there, oldest first. */
  changesFrom(revision: Revision): readonly Change[];
  compact(revision: Revision): void;
}

export function createMemorySpace(): MemorySpace {
  let entries: Entry[] = [];
  let changes: Change[] = [];
  let revision = 1;
  let compactRevision = 0;

  const find = (key: Bytes): number => {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareBytes((entries[middle] as Entry).key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const span = (range: KeyRange): readonly Entry[] => {
    const first = find(range.key);
    if (range.rangeEnd === undefined || range.rangeEnd.length === 0) {
      const entry = entries[first];
      return entry && compareBytes(entry.key, range.key) === 0 ? [entry] : [];
    }
    return entries.slice(first, isOpenEnd(range.rangeEnd) ? entries.length : Math.max(first, find(range.rangeEnd)));
  };

  const read = (range: KeyRange, at: Revision): readonly KeyValue[] => {
    const found: KeyValue[] = [];
    for (const entry of span(range)) {
      const version = entry.versions.findLast((candidate) => candidate.kv.modRevision <= at);
      if (version && !version.deleted) found.push(version.kv);
    }
    return found;
  };

  const append = (version: Version): void => {
    const at = find(version.kv.key);
    const entry = entries[at];
    if (entry && compareBytes(entry.key, version.kv.key) === 0) entry.versions.push(version);
    else entries.splice(at, 0, { key: version.kv.key, versions: [version] });
  };

  const createWriter = (next: Revision, events: KvEvent[]): Writer => ({
    put(key, value, lease) {
      const prevKv = read({ key }, next)[0];
      const kv: KeyValue = Object.freeze({
        key: key.slice(),
        value: value.slice(),
        createRevision: prevKv?.createRevision ?? next,
        modRevision: next,
        version: (prevKv?.version ?? 0) + 1,
        lease,
      });
      append({ kv, deleted: false });
      events.push({ type: 'put', kv, prevKv });
      return prevKv;
    },
    deleteRange(range) {
      const removed = read(range, next);
      for (const prevKv of removed) {
        const kv = { key: prevKv.key, value: emptyBytes, createRevision: 0, modRevision: next, version: 0, lease: 0n };
        append({ kv: Object.freeze(kv), deleted: true });
        events.push({ type: 'delete', kv, prevKv });
      }
      return removed;
    },
  });

  return {
    get revision() {
      return revision;
    },
    get compactRevision() {
      return compactRevision;
    },
    get sizeBytes() {
      let size = 0;
      for (const { key, versions } of entries) for (const { kv } of versions) size += key.length + kv.value.length;
      return size;
    },
    read,
    change(write) {
      const events: KvEvent[] = [];
      const result = write(createWriter(revision + 1, events));
      if (events.length === 0) return { result, change: undefined };
      revision += 1;
      const change: Change = { revision, events };
      changes.push(change);
      return { result, change };
    },
    // Revisions have no gaps, so a change's place in the list follows from its revision.
    changesFrom: (from) => changes.slice(Math.max(0, from - (changes[0]?.revision ?? 0))),
    compact(at) {
      compactRevision = at;
      changes = changes.filter((change) => change.revision >= at);
      entries = entries.filter((entry) => {
        const kept = entry.versions.findLastIndex((version) => version.kv.modRevision <= at);
        // The state at the compact revision stays readable; a tombstone stays only at that very revision, for watches.
        const last = entry.versions[kept];
        if (last) entry.versions = entry.versions.slice(last.deleted && last.kv.modRevision < at ? kept + 1 : kept);
        return entry.versions.length > 0;
      });
    },
  };
}

/** A range end of one zero byte means "no end". */
export function isOpenEnd(rangeEnd: Bytes): boolean {
  return rangeEnd.length === 1 && rangeEnd[0] === 0;
}

export function inRange(range: KeyRange, key: Bytes): boolean {
  const { rangeEnd } = range;
  if (rangeEnd === undefined || rangeEnd.length === 0) return compareBytes(key, range.key) === 0;
  return compareBytes(key, range.key) >= 0 && (isOpenEnd(rangeEnd) || compareBytes(key, rangeEnd) < 0);
}
