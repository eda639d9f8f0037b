import { type Bytes, compareBytes, concatBytes, invariant, utf8 } from '@trireme/base';
import { encodeMetaPage } from './meta-page.ts';
import { bucketHeaderBytes, pageFlags, viewOf, writePageHeader, writeUint64 } from './page-format.ts';
import {
  createTreeWriter,
  type FinishedTree,
  fillLeaf,
  type PageSink,
  type TreeWriter,
  type ValueOrLength,
} from './tree-writer.ts';

/**
 * Writes a bbolt database in the order of its bytes, which take two passes over the same contents: the first pages name the
 * last, so a first pass measures (values may be given as lengths), and gives the head that the second one begins with.
 *
 * @example
 * const measured = createDatabaseWriter({ pageBytes: 4096 });
 * measured.bucket('key').put(key, value.length);
 * const { head } = measured.finish();
 * write(head);
 * const writer = createDatabaseWriter({ pageBytes: 4096, write });
 * writer.bucket('key').put(key, value);
 * writer.finish();
 */
export interface DatabaseWriter {
  /** Begins the next bucket and ends the one before. Each name comes once. */
  bucket(name: string): Pick<TreeWriter, 'put'>;
  finish(): DatabaseLayout;
}

export interface DatabaseLayout {
  /** The first pages of the file, which stand before all that is written. */
  readonly head: Bytes;
  readonly sizeBytes: number;
}

export interface DatabaseWriterOptions {
  readonly pageBytes: number;
  /** Takes the pages behind the head, in their order. Absent: only measures. */
  readonly write?: (pages: Bytes) => void;
}

/** Two metas and the freelist, which lists nothing: every page is in use. */
const headPages = 3;
const freelistPage = 2;

export function createDatabaseWriter({ pageBytes, write }: DatabaseWriterOptions): DatabaseWriter {
  let nextPage = headPages;
  const sink: PageSink = {
    pageBytes,
    allocate(count) {
      const first = nextPage;
      nextPage += count;
      return first;
    },
    write: (encode) => write?.(encode()),
  };
  const finished: { readonly name: Bytes; readonly tree: FinishedTree }[] = [];
  let open: { readonly name: Bytes; readonly writer: TreeWriter } | undefined;
  const end = (): void => {
    if (open) finished.push({ name: open.name, tree: open.writer.finish() });
    open = undefined;
  };
  return {
    bucket(name) {
      end();
      const writer = createTreeWriter(sink, { buckets: false });
      open = { name: utf8(name), writer };
      return writer;
    },
    finish() {
      end();
      const buckets = createTreeWriter(sink, { buckets: true });
      finished.sort((a, b) => compareBytes(a.name, b.name));
      for (const { name, tree } of finished) buckets.put(name, bucketValue(tree));
      const root = buckets.finish();
      invariant('root' in root, 'the bucket of buckets has a page of its own');
      return { head: encodeHead(pageBytes, root.root, nextPage), sizeBytes: nextPage * pageBytes };
    },
  };
}

function bucketValue(tree: FinishedTree): ValueOrLength {
  if ('root' in tree) {
    const value = new Uint8Array(bucketHeaderBytes);
    writeUint64(viewOf(value), 0, tree.root);
    return value;
  }
  const { inline, sizeBytes } = tree;
  if (inline.some(({ value }) => typeof value === 'number')) return bucketHeaderBytes + sizeBytes;
  const value = new Uint8Array(bucketHeaderBytes + sizeBytes);
  fillLeaf(value.subarray(bucketHeaderBytes), { id: 0, overflow: 0 }, 0, inline);
  return value;
}

function encodeHead(pageBytes: number, root: number, endPage: number): Bytes {
  const meta = { pageBytes, root, freelist: freelistPage, endPage };
  const freelist = new Uint8Array(pageBytes);
  writePageHeader(viewOf(freelist), { id: freelistPage, flags: pageFlags.freelist, count: 0, overflow: 0 });
  return concatBytes([
    encodeMetaPage({ ...meta, transaction: 0 }),
    encodeMetaPage({ ...meta, transaction: 1 }),
    freelist,
  ]);
}
