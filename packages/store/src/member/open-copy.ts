import { DamagedValueError, decodeRecord, type NamedRecord, type VersionFields } from '../mvcc/index.ts';
import type { StateCopy } from './state-copy.ts';
import type { StoredCopy } from './stored-copy.ts';

/** A copy of the stored state with its records read. */
export function toStoredCopy(copy: StateCopy): StoredCopy {
  const { replica, space } = copy.meta;
  const { clusterId, index, term, config, addresses } = replica;
  const marks = (space.marks ?? []).map(([revision, unixMs]) => ({ revision, unixMs }));
  const { revision, compactRevision, leases } = space;
  return {
    meta: { clusterId, index, term, revision, compactRevision, leases, config, addresses, marks },
    async *versions() {
      for await (const records of copy.records()) yield records.map(decode);
    },
    async *archived() {
      for await (const records of copy.archived())
        yield records.map(({ supersededBy, record }) => ({ ...decode(record), supersededBy }));
    },
    release: () => copy.release(),
  };
}

function decode({ revision, sub, record }: NamedRecord): VersionFields {
  const version = decodeRecord(record);
  if (version && version.modRevision === revision && version.sub === sub) return version;
  throw new DamagedValueError({ key: new Uint8Array(0), revision, sub });
}
