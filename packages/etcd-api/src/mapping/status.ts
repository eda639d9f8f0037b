import type { KvStatus, Revision } from '@trireme/ports';
import { headerFromMessage, headerToMessage } from './entries.ts';
import { fromBigInt, toBigInt, toNumber } from './int64.ts';
import type { StatusResponseMessage } from './messages.ts';

export interface StatusDetails {
  /** The version of etcd whose API is spoken: clients switch features on by it. */
  readonly version: string;
  readonly errors: readonly string[];
  readonly quotaBytes?: number | undefined;
}

export function statusToMessage(
  status: KvStatus,
  { version, errors, quotaBytes = 0 }: StatusDetails,
): StatusResponseMessage {
  return {
    header: headerToMessage(status.header),
    version,
    dbSize: status.dbSizeBytes,
    dbSizeInUse: status.dbSizeInUseBytes ?? status.dbSizeBytes,
    dbSizeQuota: quotaBytes,
    leader: fromBigInt(status.leaderId),
    raftIndex: status.raftIndex,
    raftTerm: status.header.raftTerm,
    raftAppliedIndex: status.raftAppliedIndex,
    errors,
    isLearner: status.isLearner,
    storageVersion: version.split('.').slice(0, 2).join('.'),
  };
}

/** The API does not tell where history begins, so the caller says what it knows of that. */
export function statusFromMessage(message: StatusResponseMessage, compactRevision: Revision): KvStatus {
  return {
    header: headerFromMessage(message.header),
    leaderId: toBigInt(message.leader),
    raftIndex: toNumber(message.raftIndex),
    raftAppliedIndex: toNumber(message.raftAppliedIndex),
    dbSizeBytes: toNumber(message.dbSize),
    dbSizeInUseBytes: toNumber(message.dbSizeInUse) || undefined,
    compactRevision,
    isLearner: message.isLearner ?? false,
  };
}
