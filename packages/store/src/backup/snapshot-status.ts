import { utf8 } from '@trireme/base';
import { crc32c } from '../log/index.ts';
import { damagedPage, etcdBuckets, ownBuckets, readArchived, readVersion } from '../snapshot-file/index.ts';
import type { OpenedSnapshot } from './open-snapshot.ts';
import { reachableMarks } from './point-in-time.ts';

/** What a snapshot holds. The first four are what etcd's tools tell, and equal to it. */
export interface SnapshotStatus {
  /** CRC-32C over the names of the buckets and all that is in them. */
  readonly hash: number;
  readonly revision: number;
  /** Records of all buckets together. */
  readonly totalKeys: number;
  readonly totalBytes: number;
  readonly compactRevision: number;
  /** Unix time; absent in etcd's snapshots. */
  readonly takenAtMs: number | undefined;
  /** What `--at` can be. */
  readonly pointInTime: {
    readonly fromRevision: number;
    readonly toRevision: number;
    /** Absent where the store kept no times. */
    readonly fromMs: number | undefined;
    readonly toMs: number | undefined;
  };
}

/** Reads all of it, so that every page and every record was seen to be readable. */
export async function snapshotStatus(snapshot: OpenedSnapshot): Promise<SnapshotStatus> {
  let hash = 0;
  let totalKeys = 0;
  let bucketBefore: string | undefined;
  let newest = 0;
  let archivedFrom: number | undefined;
  for await (const { bucket, elements, place } of snapshot.everything()) {
    if (bucket !== bucketBefore) hash = crc32c(utf8(bucket), 0, undefined, hash);
    bucketBefore = bucket;
    for (const { key, value } of elements) {
      hash = crc32c(value, 0, value.length, crc32c(key, 0, key.length, hash));
      totalKeys += 1;
      if (bucket === etcdBuckets.key) {
        const version = readVersion(key, value);
        if (!version) throw damagedPage(place, 'a version in it cannot be read');
        newest = version.revision;
      } else if (bucket === ownBuckets.archive) {
        const archived = readArchived(key, value);
        if (!archived) throw damagedPage(place, 'an archived version in it cannot be read');
        archivedFrom ??= archived.supersededBy - 1;
      }
    }
  }
  const { compactRevision, takenAtMs } = snapshot.facts;
  const revision = snapshot.facts.revision ?? Math.max(1, newest, compactRevision);
  const fromRevision = Math.max(1, Math.min(archivedFrom ?? compactRevision, compactRevision));
  const [oldest] = reachableMarks({ fromRevision, toRevision: revision }, snapshot.facts);
  return {
    hash,
    revision,
    totalKeys,
    totalBytes: snapshot.sizeBytes,
    compactRevision,
    takenAtMs,
    pointInTime: { fromRevision, toRevision: revision, fromMs: oldest?.unixMs, toMs: oldest && takenAtMs },
  };
}
