import { type Bytes, equalBytes, fromUtf8 } from '@trireme/base';
import {
  type BucketRoot,
  bucketRoot,
  createFactsReader,
  createSha256,
  type Database,
  damagedPage,
  type Elements,
  factBuckets,
  openDatabase,
  type Read,
  type ReadFacts,
  readBucket,
  type Sha256,
  SnapshotFileError,
  sha256Bytes,
} from '../snapshot-file/index.ts';
import { readAhead, type SnapshotSource } from './snapshot-source.ts';

export interface OpenSnapshotOptions {
  /**
   * 'needed': a file without a sum is refused. 'if-present': a copy of a data folder's database has none and is taken.
   * 'unchecked': the sum is not looked at.
   */
  readonly checksum?: 'needed' | 'if-present' | 'unchecked';
  /** A faster one than that in the language. */
  readonly createSha256?: (() => Sha256) | undefined;
  /** Bytes that were summed so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** A snapshot file whose sum was found to be right. */
export interface OpenedSnapshot {
  /** Of the database, without the sum. */
  readonly sizeBytes: number;
  /** In the order of their names. */
  readonly buckets: readonly string[];
  readonly facts: ReadFacts;
  /** Everything in a bucket, a leaf at a time; nothing where there is no such bucket. Each call reads from the start. */
  elements(bucket: string): AsyncIterable<Elements>;
  /** As above, of several buckets; a page that two of them share is found. */
  everything(): AsyncIterable<Elements & { readonly bucket: string }>;
}

export async function openSnapshot(source: SnapshotSource, options: OpenSnapshotOptions = {}): Promise<OpenedSnapshot> {
  const sizeBytes = await checkSum(source, options);
  const reader = readAhead(source);
  const database = await finish(reader, openDatabase(sizeBytes));
  const roots = new Map<string, BucketRoot>();
  for await (const { elements, place } of drive(reader, readBucket(database, database.root)))
    for (const element of elements) roots.set(fromUtf8(element.key), bucketRoot(element, place));

  /** Forgets which pages were seen: whoever reads a second time sees them again. */
  const anew = (): Promise<Database> => finish(reader, openDatabase(sizeBytes));
  const elements = async function* (bucket: string): AsyncGenerator<Elements> {
    const root = roots.get(bucket);
    if (root) yield* drive(reader, readBucket(await anew(), root));
  };
  const everything = async function* (): AsyncGenerator<Elements & { readonly bucket: string }> {
    const fresh = await anew();
    for (const [bucket, root] of roots)
      for await (const found of drive(reader, readBucket(fresh, root))) yield { ...found, bucket };
  };

  const facts = createFactsReader();
  for (const bucket of factBuckets)
    for await (const { elements: found, place } of elements(bucket))
      for (const { key, value } of found)
        if (!facts.take(bucket, key, value))
          throw damagedPage(place, `a record of the bucket "${bucket}" cannot be read`);
  return { sizeBytes, buckets: [...roots.keys()], facts: facts.facts(), elements, everything };
}

async function* drive(
  source: SnapshotSource,
  reader: Generator<Read | Elements, void, Bytes>,
): AsyncGenerator<Elements> {
  const none = new Uint8Array(0);
  for (let step = reader.next(none); !step.done; ) {
    if (step.value.type === 'elements') {
      yield step.value;
      step = reader.next(none);
    } else step = reader.next(await source.read(step.value.offset, step.value.length));
  }
}

async function finish<T>(source: SnapshotSource, reader: Generator<Read, T, Bytes>): Promise<T> {
  let step = reader.next();
  while (!step.done) step = reader.next(await source.read(step.value.offset, step.value.length));
  return step.value;
}

const summedAtOnce = 1 << 20;

/** Where the database ends. As in etcd, a file whose size is no multiple of 512 but by a sum's 32 bytes has that at its end. */
async function checkSum(source: SnapshotSource, options: OpenSnapshotOptions): Promise<number> {
  const { checksum = 'needed', createSha256: create = createSha256, onProgress } = options;
  const { sizeBytes } = source;
  const hasSum = sizeBytes % 512 === sha256Bytes;
  const databaseBytes = hasSum ? sizeBytes - sha256Bytes : sizeBytes;
  if (checksum === 'unchecked') return databaseBytes;
  if (!hasSum) {
    if (checksum === 'if-present') return databaseBytes;
    throw new SnapshotFileError(
      'no-checksum',
      'check the snapshot: there is no checksum at its end. It was cut off, or it is a copy of a data folder; ' +
        'for such a copy say --skip-hash-check.',
    );
  }
  const sum = create();
  for (let at = 0; at < databaseBytes; at += summedAtOnce) {
    const piece = await source.read(at, Math.min(summedAtOnce, databaseBytes - at));
    if (piece.length === 0) break;
    sum.update(piece);
    onProgress?.(at + piece.length);
  }
  if (!equalBytes(sum.digest(), await source.read(databaseBytes, sha256Bytes)))
    throw new SnapshotFileError(
      'wrong-checksum',
      'check the snapshot: what is in it is not what was saved, for its checksum differs. Use another copy.',
    );
  return databaseBytes;
}
