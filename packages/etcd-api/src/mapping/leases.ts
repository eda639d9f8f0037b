import { compareBytes } from '@trireme/base';
import type { Header, LeaseStatus } from '@trireme/ports';
import { headerToMessage } from './entries.ts';
import { fromBigInt, toBigInt, toNumber } from './int64.ts';
import type { LeaseTimeToLiveResponseMessage } from './messages.ts';

export function timeToLiveToMessage(status: LeaseStatus, header: Header): LeaseTimeToLiveResponseMessage {
  const { id, ttlSeconds, grantedTtlSeconds, keys = [] } = status;
  return {
    header: headerToMessage(header),
    ID: fromBigInt(id),
    // Whole seconds, as the field holds.
    TTL: Math.floor(ttlSeconds),
    grantedTTL: grantedTtlSeconds,
    keys,
  };
}

/** The keys are sorted, since etcd tells them in no order. */
export function timeToLiveFromMessage(message: LeaseTimeToLiveResponseMessage, keys: boolean): LeaseStatus {
  const status = {
    id: toBigInt(message.ID),
    ttlSeconds: toNumber(message.TTL),
    grantedTtlSeconds: toNumber(message.grantedTTL),
  };
  return keys ? { ...status, keys: (message.keys ?? []).toSorted(compareBytes) } : status;
}
