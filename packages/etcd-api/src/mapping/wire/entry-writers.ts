import type { EventMessage, HeaderMessage, KeyValueMessage } from '../messages.ts';
import { type MessageWriter, sizeOfMessage, writeMessage } from './message-writer.ts';
import { sizeOfBytes, sizeOfInt64, writeBytes, writeInt64 } from './wire-writer.ts';

export const headerWriter: MessageWriter<HeaderMessage> = {
  sizeOf: ({ clusterId, memberId, revision, raftTerm }) =>
    sizeOfInt64(clusterId) + sizeOfInt64(memberId) + sizeOfInt64(revision) + sizeOfInt64(raftTerm),
  write({ clusterId, memberId, revision, raftTerm }, into, at) {
    let next = writeInt64(0x08, clusterId, into, at);
    next = writeInt64(0x10, memberId, into, next);
    next = writeInt64(0x18, revision, into, next);
    return writeInt64(0x20, raftTerm, into, next);
  },
};

export const keyValueWriter: MessageWriter<KeyValueMessage> = {
  sizeOf({ key, createRevision, modRevision, version, value, lease }) {
    const numbers = sizeOfInt64(createRevision) + sizeOfInt64(modRevision) + sizeOfInt64(version);
    return sizeOfBytes(key) + numbers + sizeOfBytes(value) + sizeOfInt64(lease);
  },
  write({ key, createRevision, modRevision, version, value, lease }, into, at) {
    let next = writeBytes(0x0a, key, into, at);
    next = writeInt64(0x10, createRevision, into, next);
    next = writeInt64(0x18, modRevision, into, next);
    next = writeInt64(0x20, version, into, next);
    next = writeBytes(0x2a, value, into, next);
    return writeInt64(0x30, lease, into, next);
  },
};

export const eventWriter: MessageWriter<EventMessage> = {
  sizeOf: ({ type, kv, prevKv }) =>
    sizeOfInt64(type) + sizeOfMessage(keyValueWriter, kv) + sizeOfMessage(keyValueWriter, prevKv),
  write({ type, kv, prevKv }, into, at) {
    let next = writeInt64(0x08, type, into, at);
    next = writeMessage(keyValueWriter, 0x12, kv, into, next);
    return writeMessage(keyValueWriter, 0x1a, prevKv, into, next);
  },
};
