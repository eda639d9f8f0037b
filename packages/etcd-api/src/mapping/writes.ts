import type { DeleteRangeRequest, OpResponse, PutRequest } from '@trireme/ports';
import { keyRangeFromMessage, keyValueFromMessage, keyValueToMessage, ownBytes } from './entries.ts';
import { fromBigInt, toBigInt, toNumber } from './int64.ts';
import type {
  DeleteRangeRequestMessage,
  DeleteRangeResponseMessage,
  PutRequestMessage,
  PutResponseMessage,
} from './messages.ts';

type PutResponse = Extract<OpResponse, { type: 'put' }>['response'];
type DeleteRangeResponse = Extract<OpResponse, { type: 'delete-range' }>['response'];

export function putFromMessage(message: PutRequestMessage): PutRequest {
  return {
    key: ownBytes(message.key),
    value: ownBytes(message.value),
    lease: toBigInt(message.lease),
    prevKv: message.prevKv ?? false,
    ignoreValue: message.ignoreValue ?? false,
    ignoreLease: message.ignoreLease ?? false,
  };
}

export function putToMessage({ lease, ...same }: PutRequest): PutRequestMessage {
  return lease ? { ...same, lease: fromBigInt(lease) } : same;
}

/** Without the header, which a write gets from its whole transaction. */
export function putResponseToMessage({ prevKv }: PutResponse): PutResponseMessage {
  return prevKv ? { prevKv: keyValueToMessage(prevKv) } : {};
}

export function putResponseFromMessage({ prevKv }: PutResponseMessage): PutResponse {
  return prevKv ? { prevKv: keyValueFromMessage(prevKv) } : {};
}

export function deleteRangeFromMessage(message: DeleteRangeRequestMessage): DeleteRangeRequest {
  return { ...keyRangeFromMessage(message), prevKv: message.prevKv ?? false };
}

export function deleteRangeResponseToMessage({ deleted, prevKvs }: DeleteRangeResponse): DeleteRangeResponseMessage {
  return { deleted, prevKvs: prevKvs.map(keyValueToMessage) };
}

export function deleteRangeResponseFromMessage(message: DeleteRangeResponseMessage): DeleteRangeResponse {
  return { deleted: toNumber(message.deleted), prevKvs: (message.prevKvs ?? []).map(keyValueFromMessage) };
}
