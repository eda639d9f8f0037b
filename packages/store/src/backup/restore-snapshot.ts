import { CodedError, invariant } from '@trireme/base';
import type { Disk, Logger, Time } from '@trireme/ports';
import { openLog } from '../log/index.ts';
import { openCheckpoints, type StateLevel } from '../member/checkpoints.ts';
import type { MemberAddress } from '../member/member-book.ts';
import type { StateMeta } from '../member/meta-codec.ts';
import type { VersionFields } from '../mvcc/index.ts';
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
  const versions = await versionsAt(snapshot, restoredRevision);
  const leases = withRevived(snapshot.facts.leases, versions);
  const revision = restoredRevision + bumpRevision;
  const compactRevision = bumpRevision > 0 ? revision : Math.min(snapshot.facts.compactRevision, restoredRevision);
  const meta = newMeta(request, { revision, compactRevision, leases });
  const { checkpoints, stored } = await openCheckpoints(deps.level, deps.time);
  if (stored)
    throw new CodedError('not-empty', 'restore the snapshot: the data folder has a state already. Give an empty one.');
  const { log } = await openLog(deps);
  try {
    await checkpoints.replace(versions, meta);
    await log.append({
      hardState: { term: firstPlace.term, vote: 0, commit: firstPlace.index },
      mark: firstPlace,
      entries: [],
    });
  } finally {
    await log.close();
  }
  return {
    ...{ restoredRevision, revision, compactRevision, versions: versions.length, leases: leases.length },
    revivedLeases: leases.length - snapshot.facts.leases.length,
  };
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

/** Everything that a read at `revision`, or at an older one that is not compacted, may find. */
async function versionsAt(snapshot: OpenedSnapshot, revision: number): Promise<VersionFields[]> {
  const versions: VersionFields[] = [];
  if (revision < snapshot.facts.compactRevision) {
    for await (const { elements, place } of snapshot.elements(ownBuckets.archive)) {
      for (const { key, value } of elements) {
        const archived = readArchived(key, value);
        if (!archived) throw damagedPage(place, 'an archived version in it cannot be read');
        const { version, supersededBy } = archived;
        if (version.revision <= revision && supersededBy > revision) versions.push(toVersion(version));
      }
    }
  }
  for await (const version of readVersions(snapshot)) {
    if (version.revision > revision) break;
    // etcd's tools leave a nameless record behind where they have raised the revision.
    if (version.key.length > 0) versions.push(toVersion(version));
  }
  return versions;
}

function toVersion({ revision, tombstone, key, value, ...fields }: EtcdVersion): VersionFields {
  const dead = { createRevision: 0, version: 0, lease: 0n };
  // Copied, so that a value does not keep its whole page in memory.
  return { ...fields, key: key.slice(), value: value.slice(), modRevision: revision, ...(tombstone && dead) };
}

function withRevived(leases: readonly EtcdLease[], versions: readonly VersionFields[]): readonly EtcdLease[] {
  const known = new Set(leases.map(({ id }) => id));
  const revived: EtcdLease[] = [];
  for (const { lease } of versions) {
    if (lease === 0n || known.has(lease)) continue;
    known.add(lease);
    revived.push({ id: lease, ttlSeconds: revivedTtlSeconds });
  }
  return [...leases, ...revived];
}

function newMeta({ members, clusterId }: RestoreRequest, space: StateMeta['space']): StateMeta {
  const addresses = members.map(
    ({ id, name = '', peerUrl }): MemberAddress => ({ id: Number(id), name, peerUrls: [peerUrl], clientUrls: [] }),
  );
  const config = createConfiguration(addresses.map(({ id }) => id));
  return { replica: { clusterId, ...firstPlace, config, addresses, sessions: [] }, space };
}
