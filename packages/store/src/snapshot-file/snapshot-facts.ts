import { type Bytes, fromUtf8, utf8 } from '@trireme/base';
import type { DatabaseWriter } from './database-writer.ts';
import {
  decodeLease,
  decodeRevisionKey,
  decodeUint64,
  type EtcdLease,
  encodeLease,
  encodeLeaseKey,
  encodeRevisionKey,
  encodeUint64,
} from './etcd-records.ts';

/** etcd's buckets, all of which its own snapshots have. */
export const etcdBuckets = {
  alarm: 'alarm',
  auth: 'auth',
  authRoles: 'authRoles',
  authUsers: 'authUsers',
  cluster: 'cluster',
  key: 'key',
  lease: 'lease',
  members: 'members',
  membersRemoved: 'members_removed',
  meta: 'meta',
} as const;

/** Ours, for what etcd has not. etcd carries them along and looks into none. */
export const ownBuckets = {
  meta: 'trireme_meta',
  /** Which revision there was at which time. */
  marks: 'trireme_marks',
  /** Versions that were compacted, under the revision that made them past. */
  archive: 'trireme_archive',
} as const;

export interface SnapshotMember {
  readonly id: bigint;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/** At this time the newest revision was this one. */
export interface TimeMark {
  readonly revision: number;
  readonly unixMs: number;
}

/** What a snapshot says beside its versions. */
export interface SnapshotFacts {
  readonly revision: number;
  readonly compactRevision: number;
  readonly leases: readonly EtcdLease[];
  readonly members: readonly SnapshotMember[];
  readonly consensus: { readonly index: number; readonly term: number };
  readonly clusterId: bigint;
  readonly takenAtMs: number;
  /** In the order of their revisions. */
  readonly marks: readonly TimeMark[];
  /** Of the newest version that is there; 0 where there is none. */
  readonly newestVersion: number;
}

/** Names in etcd's bucket `meta`, and in ours. */
const metaKeys = {
  index: 'consistent_index',
  term: 'term',
  confState: 'confState',
  compactScheduled: 'scheduledCompactRev',
  compactFinished: 'finishedCompactRev',
} as const;
const ownKeys = {
  format: 'format',
  revision: 'revision',
  takenAt: 'takenAtMs',
  clusterId: 'clusterId',
} as const;
const ownFormat = 1;

/** Writes every bucket but those of the versions. */
export function writeFacts(writer: DatabaseWriter, facts: SnapshotFacts): void {
  const { alarm, auth, authRoles, authUsers, cluster, membersRemoved } = etcdBuckets;
  for (const name of [alarm, auth, authRoles, authUsers, cluster, membersRemoved]) writer.bucket(name);
  const leases = [...facts.leases].sort((a, b) => (a.id < b.id ? -1 : 1));
  putAll(
    writer,
    etcdBuckets.lease,
    leases.map((lease) => [encodeLeaseKey(lease.id), encodeLease(lease)]),
  );
  putNamed(
    writer,
    etcdBuckets.members,
    facts.members.map((member) => [member.id.toString(16), utf8(encodeMember(member))]),
  );
  putNamed(writer, etcdBuckets.meta, metaEntries(facts));
  putNamed(writer, ownBuckets.meta, ownEntries(facts));
  putAll(
    writer,
    ownBuckets.marks,
    facts.marks.map(({ revision, unixMs }) => [encodeUint64(revision), encodeUint64(unixMs)]),
  );
}

function metaEntries({ consensus, members, compactRevision, newestVersion }: SnapshotFacts): [string, Bytes][] {
  const ids = (isLearner: boolean): string =>
    members
      .filter((member) => member.isLearner === isLearner)
      .map(({ id }) => id)
      .join(',');
  const confState = `{"voters":[${ids(false)}],"learners":[${ids(true)}],"auto_leave":false}`;
  const compacted = encodeRevisionKey(compactRevision, 0);
  const entries: [string, Bytes][] = [
    [metaKeys.index, encodeUint64(consensus.index)],
    [metaKeys.term, encodeUint64(consensus.term)],
    [metaKeys.confState, utf8(confState)],
  ];
  // Only begun: what is compacted may be among the versions yet, and etcd then removes it when it starts.
  if (compactRevision > 0) entries.push([metaKeys.compactScheduled, compacted]);
  // Where nothing is as new as the compaction, this is how etcd learns the revision.
  if (compactRevision > newestVersion) entries.push([metaKeys.compactFinished, compacted]);
  return entries;
}

function ownEntries({ revision, takenAtMs, clusterId }: SnapshotFacts): [string, Bytes][] {
  return [
    [ownKeys.format, encodeUint64(ownFormat)],
    [ownKeys.revision, encodeUint64(revision)],
    [ownKeys.takenAt, encodeUint64(takenAtMs)],
    [ownKeys.clusterId, utf8(clusterId.toString(16))],
  ];
}

/** As etcd writes a member: JSON, and the id as a number. */
function encodeMember({ id, name, peerUrls, clientUrls, isLearner }: SnapshotMember): string {
  const rest = JSON.stringify({
    peerURLs: peerUrls,
    ...(isLearner ? { isLearner } : {}),
    name,
    clientURLs: clientUrls,
  });
  return `{"id":${id},${rest.slice(1)}`;
}

function putNamed(writer: DatabaseWriter, bucket: string, entries: readonly (readonly [string, Bytes])[]): void {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  putAll(
    writer,
    bucket,
    sorted.map(([key, value]) => [utf8(key), value]),
  );
}

function putAll(writer: DatabaseWriter, bucket: string, entries: readonly (readonly [Bytes, Bytes])[]): void {
  const tree = writer.bucket(bucket);
  for (const [key, value] of entries) tree.put(key, value);
}

/** The buckets that `createFactsReader` wants to see. */
export const factBuckets: readonly string[] = [etcdBuckets.lease, etcdBuckets.meta, ownBuckets.meta, ownBuckets.marks];

/** What the buckets beside the versions say. Facts that only our own files carry are absent in etcd's. */
export interface ReadFacts {
  readonly leases: readonly EtcdLease[];
  readonly compactRevision: number;
  /** Absent: that of the newest version, or the compact revision where that is newer. */
  readonly revision?: number | undefined;
  readonly takenAtMs?: number | undefined;
  readonly marks: readonly TimeMark[];
}

export function createFactsReader(): {
  /** False where the record is not one that can be read. */
  take(bucket: string, key: Bytes, value: Bytes): boolean;
  facts(): ReadFacts;
} {
  const leases: EtcdLease[] = [];
  const marks: TimeMark[] = [];
  let compactRevision = 0;
  const own = new Map<string, number>();
  return {
    take(bucket, key, value) {
      if (bucket === etcdBuckets.lease) {
        const lease = decodeLease(value);
        if (lease) leases.push(lease);
        return lease !== undefined;
      }
      if (bucket === ownBuckets.marks) {
        const revision = decodeUint64(key);
        const unixMs = decodeUint64(value);
        if (revision === undefined || unixMs === undefined) return false;
        marks.push({ revision, unixMs });
        return true;
      }
      const name = fromUtf8(key);
      if (bucket === etcdBuckets.meta) {
        // A compaction that was begun is as good as done: what it leaves behind it may be gone already.
        if (name !== metaKeys.compactScheduled && name !== metaKeys.compactFinished) return true;
        const compacted = decodeRevisionKey(value);
        compactRevision = Math.max(compactRevision, compacted?.revision ?? 0);
        return compacted !== undefined;
      }
      const number = name === ownKeys.clusterId ? 0 : decodeUint64(value);
      if (number === undefined || (name === ownKeys.format && number > ownFormat)) return false;
      own.set(name, number);
      return true;
    },
    facts: () => ({
      leases,
      compactRevision,
      marks,
      revision: own.get(ownKeys.revision),
      takenAtMs: own.get(ownKeys.takenAt),
    }),
  };
}
