import { type Bytes, concatBytes, invariant } from '@trireme/base';
import { type CallOptions, type Clock, KvError, type StoreSnapshot } from '@trireme/ports';
import type { StoredCopy, StoredVersion } from '../member/stored-copy.ts';
import {
  createDatabaseWriter,
  createSha256,
  type DatabaseLayout,
  type DatabaseWriter,
  type EtcdVersion,
  etcdBuckets,
  ownBuckets,
  putArchived,
  putVersion,
  type Sha256,
  type SnapshotFacts,
  type SnapshotMember,
  sha256Bytes,
  writeFacts,
} from '../snapshot-file/index.ts';

export interface WriteSnapshotDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly createSha256?: (() => Sha256) | undefined;
}

/** etcd's page size, whatever this machine's is. */
const pageBytes = 4096;
/** Large enough to be sent whole, and small enough for the turn of an event loop that has other things to do. */
const pieceBytes = 64 << 10;

/**
 * A copy of a member's state as a snapshot file. It is read twice, once for the layout and once for the bytes, and so needs
 * no room on the disk, which may be full just when a backup is wanted.
 */
export async function writeSnapshot(
  deps: WriteSnapshotDeps,
  copy: StoredCopy,
  { signal }: CallOptions = {},
): Promise<StoreSnapshot> {
  const takenAtMs = deps.clock.now();
  // Whoever gave up may never read the pieces, and so never leave their loop.
  signal?.addEventListener('abort', () => void copy.release().catch(() => undefined));
  try {
    const measured = createDatabaseWriter({ pageBytes });
    for await (const _ of writeBuckets(measured, copy, takenAtMs, true))
      if (signal?.aborted) throw new KvError('cancelled', 'take a snapshot: the caller gave up.');
    const layout = measured.finish();
    return {
      revision: copy.meta.revision,
      sizeBytes: layout.sizeBytes + sha256Bytes,
      pieces: writePieces(copy, takenAtMs, layout, (deps.createSha256 ?? createSha256)()),
    };
  } catch (error) {
    await copy.release();
    throw error;
  }
}

async function* writePieces(
  copy: StoredCopy,
  takenAtMs: number,
  layout: DatabaseLayout,
  sum: Sha256,
): AsyncGenerator<Bytes> {
  const { head, sizeBytes } = layout;
  let waiting: Bytes[] = [head];
  let waitingBytes = head.length;
  let written = 0;
  const take = (): Bytes => {
    const piece = concatBytes(waiting);
    waiting = [];
    waitingBytes = 0;
    written += piece.length;
    sum.update(piece);
    return piece;
  };
  try {
    const write = (pages: Bytes): void => {
      waiting.push(pages);
      waitingBytes += pages.length;
    };
    const writer = createDatabaseWriter({ pageBytes, write });
    for await (const _ of writeBuckets(writer, copy, takenAtMs, false)) if (waitingBytes >= pieceBytes) yield take();
    const again = writer.finish();
    yield take();
    invariant(
      written === sizeBytes && again.sizeBytes === sizeBytes,
      'a copy reads the same both times, or its snapshot would be broken',
    );
    yield sum.digest();
  } finally {
    await copy.release();
  }
}

/** Yields after each batch. */
async function* writeBuckets(
  writer: DatabaseWriter,
  copy: StoredCopy,
  takenAtMs: number,
  measure: boolean,
): AsyncGenerator<void> {
  let newestVersion = 0;
  const keys = writer.bucket(etcdBuckets.key);
  for await (const batch of copy.versions()) {
    for (const version of batch) {
      putVersion(keys, toEtcd(version), measure);
      newestVersion = version.modRevision;
    }
    yield;
  }
  const archive = writer.bucket(ownBuckets.archive);
  for await (const batch of copy.archived()) {
    for (const version of batch)
      putArchived(archive, { supersededBy: version.supersededBy, version: toEtcd(version) }, measure);
    yield;
  }
  writeFacts(writer, factsOf(copy, takenAtMs, newestVersion));
}

function toEtcd(stored: StoredVersion): EtcdVersion {
  const { modRevision: revision, sub, key, value, createRevision, version, lease } = stored;
  return { revision, sub, tombstone: version === 0, key, value, createRevision, version, lease };
}

function factsOf({ meta }: StoredCopy, takenAtMs: number, newestVersion: number): SnapshotFacts {
  const { index, term, config, addresses } = meta;
  const learners = new Set(config.learners);
  const members = addresses.map(
    ({ id, name, peerUrls, clientUrls }): SnapshotMember => ({
      ...{ id: BigInt(id), name, peerUrls, clientUrls },
      isLearner: learners.has(id),
    }),
  );
  const { revision, compactRevision, leases, clusterId, marks } = meta;
  const consensus = { index, term };
  return { revision, compactRevision, leases, members, consensus, clusterId, takenAtMs, marks, newestVersion };
}
