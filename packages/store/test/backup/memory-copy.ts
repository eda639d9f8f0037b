import { type Bytes, concatBytes, utf8 } from '@trireme/base';
import type { SnapshotSource } from '../../src/backup/index.ts';
import { writeSnapshot } from '../../src/backup/index.ts';
import type { ArchivedVersion, StoredCopy, StoredCopyMeta, StoredVersion } from '../../src/member/stored-copy.ts';
import { createConfiguration } from '../../src/raft/index.ts';

export interface MemoryCopy extends StoredCopy {
  readonly released: boolean;
}

/** A member's state, as a test says it. */
export function createMemoryCopy(
  versions: readonly StoredVersion[],
  meta: Partial<StoredCopyMeta> = {},
  archived: readonly ArchivedVersion[] = [],
): MemoryCopy {
  const batches = async function* <T>(all: readonly T[]): AsyncGenerator<readonly T[]> {
    for (let at = 0; at < all.length; at += 50) yield all.slice(at, at + 50);
  };
  let released = false;
  return {
    meta: {
      clusterId: 7n,
      index: 100,
      term: 3,
      revision: versions.at(-1)?.modRevision ?? 1,
      compactRevision: 0,
      leases: [],
      config: createConfiguration([1, 2, 3]),
      addresses: [1, 2, 3].map((id) => ({
        ...{ id, name: `m${id}` },
        peerUrls: [`https://127.0.0.1:${id}`],
        clientUrls: [],
      })),
      marks: [],
      ...meta,
    },
    versions: () => batches(versions),
    archived: () => batches(archived),
    async release() {
      released = true;
    },
    get released() {
      return released;
    },
  };
}

export function putVersion(key: string, modRevision: number, fields: Partial<StoredVersion> = {}): StoredVersion {
  const defaults = { value: utf8(`${key}@${modRevision}`), createRevision: modRevision, version: 1, lease: 0n, sub: 0 };
  return { key: utf8(key), modRevision, ...defaults, ...fields };
}

export function deletion(key: string, modRevision: number, sub = 0): StoredVersion {
  return putVersion(key, modRevision, { value: new Uint8Array(0), createRevision: 0, version: 0, sub });
}

export async function fileOf(copy: StoredCopy, nowMs = 1_700_000_000_000): Promise<Bytes> {
  const snapshot = await writeSnapshot({ clock: { now: () => nowMs } }, copy);
  const pieces: Bytes[] = [];
  for await (const piece of snapshot.pieces) pieces.push(piece);
  const file = concatBytes(pieces);
  if (file.length !== snapshot.sizeBytes) throw new Error(`${snapshot.sizeBytes} bytes were said, ${file.length} came`);
  return file;
}

export function sourceOf(file: Bytes): SnapshotSource {
  return {
    sizeBytes: file.length,
    read: async (offset, length) => file.slice(offset, offset + length),
  };
}
