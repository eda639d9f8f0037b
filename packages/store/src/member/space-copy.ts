import { compareBytes } from '@trireme/base';
import { Version } from '../mvcc/index.ts';
import type { State } from './state.ts';
import type { StoredCopy, StoredVersion } from './stored-copy.ts';

const batchVersions = 512;

/**
 * The state as it stands in memory at this moment. Versions never change, so holding on to them is a copy; what goes on is
 * that compaction frees them later.
 */
export function copySpace({ replica, raft }: State): StoredCopy {
  const { space } = replica;
  const { config } = raft.status();
  const { clusterId, index, term, addresses } = replica.meta(config);
  const meta = space.meta();
  const bounds = { revision: meta.revision, compactRevision: meta.compactRevision };
  const { versions } = space.exportAfter(undefined, { ...bounds, maxKeys: Infinity, maxBytes: Infinity });
  let held = versions.toSorted(
    (a, b) => a.modRevision - b.modRevision || Version.sub(a) - Version.sub(b) || compareBytes(a.key, b.key),
  );
  return {
    meta: { clusterId, index, term, config, addresses, marks: [], ...meta },
    async *versions() {
      for (let at = 0; at < held.length; at += batchVersions) yield held.slice(at, at + batchVersions).map(toStored);
    },
    async *archived() {},
    async release() {
      held = [];
    },
  };
}

function toStored(version: Version): StoredVersion {
  const { key, value, createRevision, modRevision, lease } = version;
  return { key, value, createRevision, modRevision, version: version.version, lease, sub: Version.sub(version) };
}
