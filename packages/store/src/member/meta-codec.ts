import { type Bytes, CodedError } from '@trireme/base';
import { Packr } from 'msgpackr';
import type { KeySpaceMeta } from '../mvcc/index.ts';
import type { ReplicaMeta } from './replica.ts';

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });
/** Of the whole state: 2 has records with digests, 3 has alarms. */
const format = 3;

/** The two metas that say everything beside the versions. */
export interface StateMeta {
  readonly replica: ReplicaMeta;
  readonly space: KeySpaceMeta;
}

export function encodeMeta(meta: StateMeta): Bytes {
  return packr.pack([format, meta]);
}

export function decodeMeta(bytes: Bytes): StateMeta {
  const [found, meta] = packr.unpack(bytes) as [number, StateMeta];
  if (found !== format)
    throw new CodedError(
      'state-format',
      `read the stored state: its format ${found} is not that of this version, ${format}. ` +
        'Start the version that wrote it, save a snapshot there and restore it here.',
    );
  const { replica, space } = meta;
  return {
    replica: {
      ...replica,
      clusterId: BigInt(replica.clusterId),
      alarms: replica.alarms?.map((alarm) => ({ ...alarm, memberId: BigInt(alarm.memberId) })),
    },
    space: { ...space, leases: space.leases.map(({ id, ttlSeconds }) => ({ id: BigInt(id), ttlSeconds })) },
  };
}
