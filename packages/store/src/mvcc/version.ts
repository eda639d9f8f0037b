import { type Bytes, emptyBytes } from '@trireme/base';
import type { KeyValue, LeaseId, Revision } from '@trireme/ports';

/** One version of a key: what readers are handed, shared by all of them and never changed. */
export class Version implements KeyValue {
  readonly key: Bytes;
  readonly value: Bytes;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  /** 0 marks a tombstone. */
  readonly version: number;
  readonly lease: LeaseId;
  /** Its place among the changes of its revision. Private, so that readers see a plain `KeyValue`. */
  readonly #sub: number;

  constructor(fields: KeyValue, sub: number) {
    this.key = fields.key;
    this.value = fields.value;
    this.createRevision = fields.createRevision;
    this.modRevision = fields.modRevision;
    this.version = fields.version;
    this.lease = fields.lease;
    this.#sub = sub;
  }

  static sub(version: Version): number {
    return version.#sub;
  }

  static isTombstone(version: Version): boolean {
    return version.version === 0;
  }

  static tombstone(key: Bytes, modRevision: Revision, sub: number): Version {
    return new Version({ key, value: emptyBytes, createRevision: 0, modRevision, version: 0, lease: 0n }, sub);
  }
}

/** All versions of a key that are still there, oldest first. */
export interface KeyEntry {
  readonly text: string;
  versions: Version[];
}

/** The newest version at `revision`, whether alive or a tombstone. */
export function versionAt(entry: KeyEntry, revision: Revision): Version | undefined {
  const { versions } = entry;
  for (let i = versions.length - 1; i >= 0; i--) {
    const version = versions[i] as Version;
    if (version.modRevision <= revision) return version;
  }
  return undefined;
}

export function liveAt(entry: KeyEntry, revision: Revision): Version | undefined {
  const version = versionAt(entry, revision);
  return version && version.version > 0 ? version : undefined;
}

/**
 * The first version that a compaction at `revision` leaves: the one that was alive then, or a tombstone of that very
 * revision (a watch may still ask for it).
 */
export function firstKept(entry: KeyEntry, revision: Revision): number {
  const last = entry.versions.findLastIndex((version) => version.modRevision <= revision);
  const version = entry.versions[last];
  if (!version) return 0;
  return version.version === 0 && version.modRevision < revision ? last + 1 : last;
}
