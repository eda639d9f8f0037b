import { type Bytes, compareBytes } from '@trireme/base';
import { decodeMetaPage, type Meta, metaBytes } from './meta-page.ts';
import {
  bucketHeaderBytes,
  damagedPage,
  type LeafElement,
  type LoadedPage,
  pageFlags,
  pageHeaderBytes,
  readBranch,
  readLeaf,
  readPageHeader,
  readUint64,
  viewOf,
} from './page-format.ts';
import { createPageSet, type PageSet } from './page-set.ts';
import { SnapshotFileError } from './snapshot-file-error.ts';

/**
 * What a reader asks of who drives it: the bytes at a place of the file. It is answered by `next(bytes)`, with fewer bytes
 * only where the file ends.
 */
export interface Read {
  readonly type: 'read';
  readonly offset: number;
  readonly length: number;
}

/** The elements of one leaf. They are views that stay valid. */
export interface Elements {
  readonly type: 'elements';
  readonly elements: readonly LeafElement[];
  /** Where they stand, for errors. */
  readonly place: Pick<LoadedPage, 'page' | 'offset'>;
}

/** A bucket: where its tree begins, or the page in which it stands whole. */
export type BucketRoot = { readonly page: number } | { readonly inline: LoadedPage };

export interface Database {
  readonly meta: Meta;
  readonly root: BucketRoot;
  /** Pages read so far: each belongs to one place only, or the file is damaged. */
  readonly seen: PageSet;
}

export interface ReaderLimits {
  /** A page may claim any length. Above this one it is not read, so that a file cannot take all memory. */
  readonly maxPageBytes: number;
}

export const defaultReaderLimits: ReaderLimits = { maxPageBytes: 256 << 20 };

/** Deeper than any tree that fits on a disk. */
const maxDepth = 40;

/** Finds the newest valid meta. `sizeBytes` is the database's, without a sum behind it. */
export function* openDatabase(sizeBytes: number): Generator<Read, Database, Bytes> {
  const first = decodeMetaPage(yield { type: 'read', offset: 0, length: metaBytes });
  let second: Meta | undefined;
  if (first) second = decodeMetaPage(yield { type: 'read', offset: first.pageBytes, length: metaBytes });
  // Without the first meta the page size is not known, and with it where the second one stands.
  for (let offset = 512; !first && !second && offset < sizeBytes && offset <= 16 << 20; offset *= 2) {
    const found = decodeMetaPage(yield { type: 'read', offset, length: metaBytes });
    if (found?.pageBytes === offset) second = found;
  }
  const meta = first && second ? (first.transaction > second.transaction ? first : second) : (first ?? second);
  if (!meta)
    throw new SnapshotFileError(
      'not-a-snapshot',
      'open the snapshot: no bbolt database begins here. Give a file that a snapshot was saved to.',
      { page: 0, offset: 0 },
    );
  if (meta.endPage * meta.pageBytes > sizeBytes)
    throw damagedPage(
      { page: meta.endPage - 1, offset: (meta.endPage - 1) * meta.pageBytes },
      `the file ends at ${sizeBytes}, before the database does`,
    );
  const seen = createPageSet(meta.endPage);
  return { meta, root: { page: meta.root }, seen };
}

interface Frame {
  readonly children: readonly { readonly key: Bytes; readonly page: number }[];
  readonly loaded: LoadedPage;
  /** All keys below are less than this. */
  readonly end: Bytes | undefined;
  next: number;
}

/**
 * All elements of a bucket, in the order of their keys, a leaf at a time. What a page says is believed only as far as it
 * can be checked: a file that was damaged, by chance or on purpose, ends in an error and never in a loop or out of memory.
 */
export function* readBucket(
  database: Database,
  root: BucketRoot,
  limits = defaultReaderLimits,
): Generator<Read | Elements, void, Bytes> {
  if ('inline' in root) {
    yield { type: 'elements', elements: readLeaf(root.inline), place: root.inline };
    return;
  }
  const stack: Frame[] = [];
  let next: { readonly page: number; readonly from?: Bytes; readonly end?: Bytes | undefined } | undefined = root;
  while (next) {
    const { from, end } = next;
    const loaded: LoadedPage = yield* loadPage(database, next.page, limits);
    if (loaded.header.flags === pageFlags.leaf) {
      const elements = readLeaf(loaded);
      checkKeys(loaded, elements, { from, end });
      yield { type: 'elements', elements, place: loaded };
    } else if (loaded.header.flags === pageFlags.branch) {
      const children = readBranch(loaded);
      checkKeys(loaded, children, { from: from ?? new Uint8Array(0), end });
      if (stack.length === maxDepth) throw damagedPage(loaded, `it stands ${maxDepth} pages below its root`);
      stack.push({ children, loaded, end, next: 0 });
    } else throw damagedPage(loaded, `it is neither a branch nor a leaf (flags ${loaded.header.flags})`);
    next = nextChild(stack);
  }
}

function nextChild(
  stack: Frame[],
): { readonly page: number; readonly from: Bytes; readonly end: Bytes | undefined } | undefined {
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    const child = frame.children[frame.next];
    if (child) {
      frame.next += 1;
      return { page: child.page, from: child.key, end: frame.children[frame.next]?.key ?? frame.end };
    }
    stack.pop();
  }
  return undefined;
}

/** Below a branch every page has keys, and they lie between the branch's. */
function checkKeys(
  loaded: LoadedPage,
  elements: readonly { readonly key: Bytes }[],
  { from, end }: { readonly from: Bytes | undefined; readonly end: Bytes | undefined },
): void {
  const first = elements[0]?.key;
  const last = elements.at(-1)?.key;
  if (from && (!first || compareBytes(from, first) > 0))
    throw damagedPage(loaded, 'its keys begin too early, or it has none');
  if (end && last && compareBytes(last, end) >= 0) throw damagedPage(loaded, 'its keys go on too far');
}

function* loadPage({ meta, seen }: Database, page: number, limits: ReaderLimits): Generator<Read, LoadedPage, Bytes> {
  const offset = page * meta.pageBytes;
  const place = { page, offset };
  if (page < 2 || page >= meta.endPage)
    throw new SnapshotFileError(
      'damaged',
      `read page ${page}: the database has the pages 2 to ${meta.endPage - 1}. The file is damaged; take another copy.`,
      place,
    );
  let bytes: Bytes = yield { type: 'read', offset, length: meta.pageBytes };
  if (bytes.length < meta.pageBytes) throw damagedPage(place, 'the file ends in it');
  const header = readPageHeader(viewOf(bytes));
  if (header.id !== page) throw damagedPage(place, `it says that it is page ${header.id}`);
  if (page + header.overflow >= meta.endPage)
    throw damagedPage(place, `it is said to go on for ${header.overflow} more pages`);
  const length = (1 + header.overflow) * meta.pageBytes;
  if (length > limits.maxPageBytes) throw damagedPage(place, `it is said to take ${length} bytes`);
  for (let each = page; each <= page + header.overflow; each++)
    if (!seen.add(each)) throw damagedPage(place, `page ${each} is used in two places`);
  if (header.overflow > 0) bytes = yield { type: 'read', offset, length };
  if (bytes.length < length) throw damagedPage(place, 'the file ends in it');
  return { header, bytes, ...place };
}

/** Where a bucket begins, as its element in the bucket of buckets tells. */
export function bucketRoot({ value, isBucket }: LeafElement, { page: within, offset }: Elements['place']): BucketRoot {
  const place = { page: within, offset };
  if (!isBucket) throw damagedPage(place, 'something other than a bucket stands among the buckets');
  if (value.length < bucketHeaderBytes) throw damagedPage(place, 'a bucket is cut off');
  const page = readUint64(viewOf(value), 0);
  if (page === undefined) throw damagedPage(place, 'a bucket points out of the file');
  if (page > 0) return { page };
  const bytes = value.subarray(bucketHeaderBytes);
  if (bytes.length < pageHeaderBytes) throw damagedPage(place, 'a bucket is cut off');
  const header = readPageHeader(viewOf(bytes));
  if (header.flags !== pageFlags.leaf) throw damagedPage(place, 'a bucket that stands in it is no leaf');
  return { inline: { header, bytes, ...place } };
}
