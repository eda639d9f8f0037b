import type { Bytes } from '@trireme/base';

/**
 * How the state lies in its database: [0] the meta; [1, generation, revision, sub] a version's record; [2] of which whole
 * state the next generation is a part; [3, superseded by, revision, sub] an archived version's record. Numbers are
 * big-endian, so that the order of the keys is theirs: new versions always go to the end.
 */
export const metaKey = new Uint8Array([0]);
export const partialKey = new Uint8Array([2]);

const versionBytes = 17;
const archiveBytes = 21;

export interface KeyBounds {
  readonly gt?: Uint8Array;
  readonly gte?: Uint8Array;
  readonly lt: Uint8Array;
}

function setRevision(view: DataView, at: number, revision: number): void {
  view.setUint32(at, Math.floor(revision / 0x1_0000_0000));
  view.setUint32(at + 4, revision >>> 0);
}

function getRevision(view: DataView, at: number): number {
  return view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
}

export function versionKey(generation: number, revision: number, sub: number): Uint8Array {
  const key = new Uint8Array(versionBytes);
  const view = new DataView(key.buffer);
  view.setUint8(0, 1);
  view.setUint32(1, generation);
  setRevision(view, 5, revision);
  view.setUint32(13, sub);
  return key;
}

export function readVersionKey(key: Bytes): { readonly revision: number; readonly sub: number } {
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  return { revision: getRevision(view, 5), sub: view.getUint32(13) };
}

export function archiveKey(supersededBy: number, revision: number, sub: number): Uint8Array {
  const key = new Uint8Array(archiveBytes);
  const view = new DataView(key.buffer);
  view.setUint8(0, 3);
  setRevision(view, 1, supersededBy);
  setRevision(view, 9, revision);
  view.setUint32(17, sub);
  return key;
}

export function readArchiveKey(key: Bytes): { readonly supersededBy: number } {
  return { supersededBy: getRevision(new DataView(key.buffer, key.byteOffset, key.length), 1) };
}

/** A place in the order of versions. */
export interface VersionPlace {
  readonly revision: number;
  readonly sub: number;
}

export function generationBounds(generation: number, after?: VersionPlace): KeyBounds {
  const lt = versionKey(generation + 1, 0, 0);
  return after
    ? { gt: versionKey(generation, after.revision, after.sub), lt }
    : { gte: versionKey(generation, 0, 0), lt };
}

/** Archived versions superseded after `after`, and up to `upTo`. */
export function archiveBounds(after = 0, upTo = Number.MAX_SAFE_INTEGER - 1): KeyBounds {
  return { gte: archiveKey(after + 1, 0, 0), lt: archiveKey(upTo + 1, 0, 0) };
}
