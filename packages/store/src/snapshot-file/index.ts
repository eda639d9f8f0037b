/**
 * Snapshot files in etcd's own format: a bbolt database with etcd's buckets, and its SHA-256 behind it. etcd's tools take
 * them, and etcd's are taken here. Pure: a writer makes pages, a reader asks for bytes, and neither touches a file.
 *
 * @example
 * const writer = createDatabaseWriter({ pageBytes: 4096, write: (pages) => parts.push(pages) });
 * const keys = writer.bucket(etcdBuckets.key);
 * putVersion(keys, version, false);
 * const { head, sizeBytes } = writer.finish();
 */
export {
  type BucketRoot,
  bucketRoot,
  type Database,
  defaultReaderLimits,
  type Elements,
  openDatabase,
  type Read,
  type ReaderLimits,
  readBucket,
} from './database-reader.ts';
export { createDatabaseWriter, type DatabaseLayout, type DatabaseWriter } from './database-writer.ts';
export type { EtcdLease, EtcdVersion } from './etcd-records.ts';
export { damagedPage } from './page-format.ts';
export { createSha256, type Sha256, sha256Bytes } from './sha256.ts';
export {
  createFactsReader,
  etcdBuckets,
  factBuckets,
  ownBuckets,
  type ReadFacts,
  type SnapshotFacts,
  type SnapshotMember,
  type TimeMark,
  writeFacts,
} from './snapshot-facts.ts';
export { SnapshotFileError, type SnapshotFileErrorCode } from './snapshot-file-error.ts';
export { type ArchivedVersion, putArchived, putVersion, readArchived, readVersion } from './version-buckets.ts';
