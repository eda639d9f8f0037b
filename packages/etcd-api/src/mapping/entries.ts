import { type Bytes, emptyBytes } from '@trireme/base';
import type { Header, KeyRange, KeyValue } from '@trireme/ports';
import { fromBigInt, toBigInt, toNumber } from './int64.ts';
import type { HeaderMessage, KeyValueMessage } from './messages.ts';

export function headerToMessage({ clusterId, memberId, revision, raftTerm }: Header): HeaderMessage {
  return { clusterId: fromBigInt(clusterId), memberId: fromBigInt(memberId), revision, raftTerm };
}

export function headerFromMessage(message: HeaderMessage | null | undefined): Header {
  return {
    clusterId: toBigInt(message?.clusterId),
    memberId: toBigInt(message?.memberId),
    revision: toNumber(message?.revision),
    raftTerm: toNumber(message?.raftTerm),
  };
}

export function keyValueToMessage(entry: KeyValue): KeyValueMessage {
  const { key, value, createRevision, modRevision, version, lease } = entry;
  return { key, value, createRevision, modRevision, version, lease: lease === 0n ? 0 : fromBigInt(lease) };
}

export function keyValueFromMessage(message: KeyValueMessage): KeyValue {
  return {
    // What is not on the wire is read as an empty list, which is no bytes.
    key: message.key?.length ? message.key : emptyBytes,
    value: message.value?.length ? message.value : emptyBytes,
    createRevision: toNumber(message.createRevision),
    modRevision: toNumber(message.modRevision),
    version: toNumber(message.version),
    lease: toBigInt(message.lease),
  };
}

/** On the wire an end that is not there and an empty one are the same. */
export function keyRangeFromMessage(message: {
  readonly key?: Bytes | null | undefined;
  readonly rangeEnd?: Bytes | null | undefined;
}): KeyRange {
  const key = message.key ?? emptyBytes;
  return message.rangeEnd?.length ? { key, rangeEnd: message.rangeEnd } : { key };
}

/** Bytes that outlive the request they came with, and do not keep the whole of it in memory. */
export function ownBytes(bytes: Bytes | null | undefined): Bytes {
  return bytes?.length ? new Uint8Array(bytes) : emptyBytes;
}
