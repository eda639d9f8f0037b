import { type Bytes, compareBytes } from '@trireme/base';
import { SnapshotFileError } from './snapshot-file-error.ts';

/**
 * The pages of a bbolt database, all numbers little-endian: a header of 16 bytes (id 8, flags 2, count 2, overflow 4), then
 * `count` elements of 16 bytes, then the keys and values they point to. `overflow` more pages belong to the same page.
 */
export const pageHeaderBytes = 16;
export const elementBytes = 16;
export const pageFlags = { branch: 0x01, leaf: 0x02, meta: 0x04, freelist: 0x10 } as const;
/** Of a leaf element: its value is a bucket. */
export const bucketFlag = 0x01;
/** What a bucket's value begins with: the page of its root (8; 0: the page follows at once, inline) and its sequence (8). */
export const bucketHeaderBytes = 16;
/** More elements a page's header cannot count. */
export const maxElements = 0xffff;

export function viewOf(bytes: Bytes): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Below 2^53, or undefined: no file is so large. */
export function readUint64(view: DataView, offset: number): number | undefined {
  const value = view.getUint32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true);
  return Number.isSafeInteger(value) ? value : undefined;
}

export function writeUint64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value >>> 0, true);
  view.setUint32(offset + 4, Math.floor(value / 0x1_0000_0000), true);
}

export interface PageHeader {
  readonly id: number;
  readonly flags: number;
  readonly count: number;
  readonly overflow: number;
}

export function writePageHeader(view: DataView, { id, flags, count, overflow }: PageHeader): void {
  writeUint64(view, 0, id);
  view.setUint16(8, flags, true);
  view.setUint16(10, count, true);
  view.setUint32(12, overflow, true);
}

export function readPageHeader(view: DataView): PageHeader {
  return {
    id: readUint64(view, 0) ?? Number.NaN,
    flags: view.getUint16(8, true),
    count: view.getUint16(10, true),
    overflow: view.getUint32(12, true),
  };
}

/** A page in memory with where it came from, so that what is wrong with it can be told. */
export interface LoadedPage {
  readonly header: PageHeader;
  readonly bytes: Bytes;
  /** For an inline page: of the page that it is in. */
  readonly page: number;
  readonly offset: number;
}

export interface LeafElement {
  readonly key: Bytes;
  readonly value: Bytes;
  readonly isBucket: boolean;
}

export interface BranchElement {
  readonly key: Bytes;
  readonly page: number;
}

export function damagedPage(at: Pick<LoadedPage, 'page' | 'offset'>, what: string): SnapshotFileError {
  const { page, offset } = at;
  return new SnapshotFileError(
    'damaged',
    `read page ${page} at offset ${offset}: ${what}. The file is damaged; take another copy.`,
    { page, offset },
  );
}

/** Every element of a leaf, as views into the page. Throws where one points outside, or the keys are not in order. */
export function readLeaf(loaded: LoadedPage): readonly LeafElement[] {
  const view = viewOf(loaded.bytes);
  const elements: LeafElement[] = [];
  let before: Bytes | undefined;
  for (let i = 0; i < checkedCount(loaded); i++) {
    const at = pageHeaderBytes + i * elementBytes;
    const start = at + view.getUint32(at + 4, true);
    const keyEnd = start + view.getUint32(at + 8, true);
    const end = keyEnd + view.getUint32(at + 12, true);
    const key = elementKey(loaded, i, { start, keyEnd, end }, before);
    const value = loaded.bytes.subarray(keyEnd, end);
    elements.push({ key, value, isBucket: (view.getUint32(at, true) & bucketFlag) !== 0 });
    before = key;
  }
  return elements;
}

export function readBranch(loaded: LoadedPage): readonly BranchElement[] {
  const view = viewOf(loaded.bytes);
  const elements: BranchElement[] = [];
  let before: Bytes | undefined;
  for (let i = 0; i < checkedCount(loaded); i++) {
    const at = pageHeaderBytes + i * elementBytes;
    const start = at + view.getUint32(at, true);
    const end = start + view.getUint32(at + 4, true);
    const key = elementKey(loaded, i, { start, keyEnd: end, end }, before);
    elements.push({ key, page: readUint64(view, at + 8) ?? Number.POSITIVE_INFINITY });
    before = key;
  }
  return elements;
}

function checkedCount(loaded: LoadedPage): number {
  const { count } = loaded.header;
  if (pageHeaderBytes + count * elementBytes > loaded.bytes.length)
    throw damagedPage(loaded, `its ${count} elements do not fit into its ${loaded.bytes.length} bytes`);
  return count;
}

function elementKey(
  loaded: LoadedPage,
  index: number,
  place: { readonly start: number; readonly keyEnd: number; readonly end: number },
  before: Bytes | undefined,
): Bytes {
  const dataStart = pageHeaderBytes + loaded.header.count * elementBytes;
  if (place.start < dataStart || place.end > loaded.bytes.length)
    throw damagedPage(loaded, `element ${index} points outside of it (${place.start} to ${place.end})`);
  const key = loaded.bytes.subarray(place.start, place.keyEnd);
  if (key.length === 0) throw damagedPage(loaded, `element ${index} has no key`);
  if (before && compareBytes(before, key) >= 0)
    throw damagedPage(loaded, `the key of element ${index} is out of order`);
  return key;
}
