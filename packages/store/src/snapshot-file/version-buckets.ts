import { type Bytes, concatBytes } from '@trireme/base';
import {
  decodeKeyValue,
  decodeRevisionKey,
  decodeUint64,
  type EtcdVersion,
  encodeKeyValue,
  encodeRevisionKey,
  encodeUint64,
  keyValueSize,
} from './etcd-records.ts';
import type { TreeWriter } from './tree-writer.ts';

/** A version that a compaction has dropped, and since which revision it was no longer the newest of its key. */
export interface ArchivedVersion {
  readonly supersededBy: number;
  readonly version: EtcdVersion;
}

/** `measure`: only its place matters in this pass. Versions come in the order of (revision, sub). */
export function putVersion(tree: Pick<TreeWriter, 'put'>, version: EtcdVersion, measure: boolean): void {
  const key = encodeRevisionKey(version.revision, version.sub, version.tombstone);
  tree.put(key, measure ? keyValueSize(version) : encodeKeyValue(version));
}

/** In the order of (superseding revision, revision, sub). */
export function putArchived(tree: Pick<TreeWriter, 'put'>, archived: ArchivedVersion, measure: boolean): void {
  const { supersededBy, version } = archived;
  const own = encodeRevisionKey(version.revision, version.sub, version.tombstone);
  tree.put(concatBytes([encodeUint64(supersededBy), own]), measure ? keyValueSize(version) : encodeKeyValue(version));
}

export function readVersion(key: Bytes, value: Bytes): EtcdVersion | undefined {
  const place = decodeRevisionKey(key);
  return place && decodeKeyValue(place, value);
}

export function readArchived(key: Bytes, value: Bytes): ArchivedVersion | undefined {
  const supersededBy = decodeUint64(key.subarray(0, 8));
  const version = readVersion(key.subarray(8), value);
  return supersededBy === undefined || !version ? undefined : { supersededBy, version };
}
