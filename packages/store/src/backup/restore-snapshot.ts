import { CodedError, invariant } from '@trireme/base';
import type { Disk, Logger, Time } from '@trireme/ports';
import { openLog } from '../log/index.ts';
import { type Checkpoints, openCheckpoints, type StateLevel } from '../member/checkpoints.ts';
import type { MemberAddress } from '../member/member-book.ts';
import type { StateMeta } from '../member/meta-codec.ts';
import { encodeRecord, type NamedRecord } from '../mvcc/index.ts';
import { createConfiguration } from '../raft/index.ts';
import {
  damagedPage,
  type EtcdLease,
  type EtcdVersion,
  etcdBuckets,
  ownBuckets,
  readArchived,
  readVersion,
} from '../snapshot-file/index.ts';
import type { OpenedSnapshot } from './open-snapshot.ts';
import { oldestRevision, type PointInTime, resolvePoint } from './point-in-time.ts';

export interface RestoreDeps {
  /** The new member's own folder, and its key space: both empty. */
  readonly disk: Disk;
  readonly level: StateLevel;
  readonly time: Time;
  readonly logger: Logger;
}

export interface RestoreRequest {
  /** All members of the new cluster, the same list for each of them. */
  readonly members: readonly { readonly id: bigint; readonly name?: string | undefined; readonly peerUrl: string }[];
  /** The same for each of them, and that of no other cluster. */
  readonly clusterId: bigint;
  /** Default: the newest state in the snapshot. */
  readonly at?: PointInTime | undefined;
  /**
   * Added to the revision, so that it is larger than any that a client of the old cluster has seen, also since the snapshot
   * was taken. Its history is then compacted: a watch from an old revision is told so, and lists anew.
   */
  readonly bumpRevision?: number | undefined;
}

export interface RestoreReport {
  /** Which one of the snapshot was restored. */
  readonly restoredRevision: number;
  /** What the new cluster begins with. */
  readonly revision: number;
  readonly compactRevision: number;
  readonly versions: number;
  readonly leases: number;
  /** Leases that have ended since the restored revision: they end anew after a minute. */
  readonly revivedLeases: number;
}

/** What had a lease then and has none in the snapshot may not stay for ever: its owner, if it is there, writes it anew. */
const revivedTtlSeconds = 60;

/** The whole of the state stands for the first entry of the new cluster's log. */
const firstPlace = { index: 1, term: 1 };

/**
 * Makes the folder of a new member of a new cluster from a snapshot. Every member of that cluster is made so, from the same
 * file with the same request; then they start as if they had stopped together.
 */
export async function restoreSnapshot(
  deps: RestoreDeps,
  snapshot: OpenedSnapshot,
  request: RestoreRequest,
): Promise<RestoreReport> {
  const { members, bumpRevision = 0 } = request;
  invariant(members.length > 0 && bumpRevision >= 0, 'a cluster has members, and its revision grows');
  const range = { fromRevision: await oldestRevision(snapshot), toRevision: await newestRevision(snapshot) };
  const restoredRevision = request.at ? resolvePoint(request.at, range, snapshot.facts) : range.toRevision;
  const revision = restoredRevision + bumpRevision;
  const compactRevision = bumpRevision > 0 ? revision : Math.min(snapshot.facts.compactRevision, restoredRevision);
  const { checkpoints, stored } = await openCheckpoints(deps.level, deps.time);
  if (stored)
    throw new CodedError('not-empty', 'restore the snapshot: the data folder has a state already. Give an empty one.');
  const { log } = await openLog(deps);
  try {
    const { generation, versions, leases } = await storeVersions(checkpoints, snapshot, restoredRevision);
    await checkpoints.commit({ generation, meta: newMeta(request, { revision, compactRevision, leases }) });
    await log.append({
      hardState: { term: firstPlace.term, vote: 0, commit: firstPlace.index },
      mark: firstPlace,
      entries: [],
    });
    const revivedLeases = leases.length - snapshot.facts.leases.length;
    return { restoredRevision, revision, compactRevision, versions, leases: leases.length, revivedLeases };
  } finally {
    await log.close();
  }
}

/** Held in memory at a time. What LevelDB holds beside is a few times as much. */
const batchBytes = 1 << 20;

/** Copies the versions to a generation of their own, a batch at a time: a snapshot may be larger than the memory. */
async function storeVersions(
  checkpoints: Checkpoints,
  snapshot: OpenedSnapshot,
  revision: number,
): Promise<{ readonly generation: number; readonly versions: number; readonly leases: readonly EtcdLease[] }> {
  const generation = checkpoints.generation + 1;
  // What an earlier attempt left there does not belong to this state.
  await checkpoints.clearGeneration(generation);
  const leases = withRevived(snapshot.facts.leases);
  let versions = 0;
  let batch: NamedRecord[] = [];
  let bytes = 0;
  for await (const version of versionsAt(snapshot, revision)) {
    leases.see(version.lease);
    const record = toRecord(version);
    versions += 1;
    bytes += record.record.length;
    batch.push(record);
    if (bytes < batchBytes) continue;
    await checkpoints.put(generation, batch);
    batch = [];
    bytes = 0;
  }
  await checkpoints.put(generation, batch);
  return { generation, versions, leases: leases.all };
}

/** etcd's own snapshots do not say it: it is that of the newest version, or of a later compaction. */
async function newestRevision(snapshot: OpenedSnapshot): Promise<number> {
  const { revision, compactRevision } = snapshot.facts;
  if (revision !== undefined) return revision;
  let newest = Math.max(1, compactRevision);
  for await (const version of readVersions(snapshot)) newest = Math.max(newest, version.revision);
  return newest;
}

async function* readVersions(snapshot: OpenedSnapshot): AsyncGenerator<EtcdVersion> {
  for await (const { elements, place } of snapshot.elements(etcdBuckets.key)) {
    for (const { key, value } of elements) {
      const version = readVersion(key, value);
      if (!version) throw damagedPage(place, 'a version in it cannot be read');
      yield version;
    }
  }
}

/** Everything that a read at `revision`, or at an older one that is not compacted, may find. In no order. */
async function* versionsAt(snapshot: OpenedSnapshot, revision: number): AsyncGenerator<EtcdVersion> {
  if (revision < snapshot.facts.compactRevision) {
    for await (const { elements, place } of snapshot.elements(ownBuckets.archive)) {
      for (const { key, value } of elements) {
        const archived = readArchived(key, value);
        if (!archived) throw damagedPage(place, 'an archived version in it cannot be read');
        const { version, supersededBy } = archived;
        if (version.revision <= revision && supersededBy > revision) yield version;
      }
    }
  }
  for await (const version of readVersions(snapshot)) {
    if (version.revision > revision) break;
    // etcd's tools leave a nameless record behind where they have raised the revision.
    if (version.key.length > 0) yield version;
  }
}

function toRecord({ revision, sub, tombstone, key, value, ...fields }: EtcdVersion): NamedRecord {
  const dead = { createRevision: 0, version: 0, lease: 0n };
  const version = { ...fields, sub, key, value, modRevision: revision, ...(tombstone && dead) };
  return { revision, sub, record: encodeRecord(version) };
}

/** Leases that versions have, beside those that are known. */
function withRevived(known: readonly EtcdLease[]): {
  see(lease: bigint): void;
  readonly all: readonly EtcdLease[];
} {
  const seen = new Set([0n, ...known.map(({ id }) => id)]);
  const all = [...known];
  return {
    all,
    see(id) {
      if (seen.has(id)) return;
      seen.add(id);
      all.push({ id, ttlSeconds: revivedTtlSeconds });
    },
  };
}

function newMeta({ members, clusterId }: RestoreRequest, space: StateMeta['space']): StateMeta {
  const addresses = members.map(
    ({ id, name = '', peerUrl }): MemberAddress => ({ id: Number(id), name, peerUrls: [peerUrl], clientUrls: [] }),
  );
  const config = createConfiguration(addresses.map(({ id }) => id));
  return { replica: { clusterId, ...firstPlace, config, addresses, sessions: [] }, space };
}
