import type { Bytes } from '@trireme/base';
import { Packr } from 'msgpackr';
import { type KeySpaceMeta, Version } from '../mvcc/index.ts';
import type { ReplicaMeta } from './replica.ts';

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

type PackedVersion = [
  mod: number,
  sub: number,
  key: Bytes,
  value: Bytes,
  create: number,
  version: number,
  lease: bigint | number,
];

export function encodeVersions(versions: readonly Version[]): Bytes {
  return packr.pack(versions.map(packVersion));
}

export function decodeVersions(bytes: Bytes): readonly Version[] {
  return (packr.unpack(bytes) as PackedVersion[]).map(unpackVersion);
}

export function encodeVersion(version: Version): Bytes {
  return packr.pack(packVersion(version));
}

export function decodeVersion(bytes: Bytes): Version {
  return unpackVersion(packr.unpack(bytes) as PackedVersion);
}

function packVersion(version: Version): PackedVersion {
  const { key, value, createRevision, modRevision, lease } = version;
  return [modRevision, Version.sub(version), key, value, createRevision, version.version, lease];
}

function unpackVersion([modRevision, sub, key, value, createRevision, version, lease]: PackedVersion): Version {
  // Copied out, so that one value does not keep the whole chunk alive that it came in.
  const fields = { key: key.slice(), value: value.slice(), createRevision, modRevision, version, lease: BigInt(lease) };
  return new Version(fields, sub);
}

/** The two metas that say everything beside the versions. */
export interface StateMeta {
  readonly replica: ReplicaMeta;
  readonly space: KeySpaceMeta;
}

export function encodeMeta(meta: StateMeta): Bytes {
  return packr.pack([1, meta]);
}

export function decodeMeta(bytes: Bytes): StateMeta {
  const [format, meta] = packr.unpack(bytes) as [number, StateMeta];
  if (format !== 1)
    throw new Error(`the stored state's format ${format} is not known to this version; use a newer one`);
  const { replica, space } = meta;
  return {
    replica: { ...replica, clusterId: BigInt(replica.clusterId) },
    space: { ...space, leases: space.leases.map(({ id, ttlSeconds }) => ({ id: BigInt(id), ttlSeconds })) },
  };
}
