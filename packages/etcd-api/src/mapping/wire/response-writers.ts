import { utf8 } from '@trireme/base';
import type {
  DeleteRangeResponseMessage,
  PutResponseMessage,
  RangeResponseMessage,
  ResponseOpMessage,
  TxnResponseMessage,
  WatchResponseMessage,
} from '../messages.ts';
import { eventWriter, headerWriter, keyValueWriter } from './entry-writers.ts';
import { type MessageWriter, sizeOfMessage, sizeOfMessages, writeMessage, writeMessages } from './message-writer.ts';
import { sizeOfBool, sizeOfBytes, sizeOfInt64, writeBool, writeBytes, writeInt64 } from './wire-writer.ts';

const headerTag = 0x0a;

export const rangeResponseWriter: MessageWriter<RangeResponseMessage> = {
  sizeOf: ({ header, kvs, more, count }) =>
    sizeOfMessage(headerWriter, header) + sizeOfMessages(keyValueWriter, kvs) + sizeOfBool(more) + sizeOfInt64(count),
  write({ header, kvs, more, count }, into, at) {
    let next = writeMessage(headerWriter, headerTag, header, into, at);
    next = writeMessages(keyValueWriter, 0x12, kvs, into, next);
    next = writeBool(0x18, more, into, next);
    return writeInt64(0x20, count, into, next);
  },
};

export const putResponseWriter: MessageWriter<PutResponseMessage> = {
  sizeOf: ({ header, prevKv }) => sizeOfMessage(headerWriter, header) + sizeOfMessage(keyValueWriter, prevKv),
  write({ header, prevKv }, into, at) {
    const next = writeMessage(headerWriter, headerTag, header, into, at);
    return writeMessage(keyValueWriter, 0x12, prevKv, into, next);
  },
};

export const deleteRangeResponseWriter: MessageWriter<DeleteRangeResponseMessage> = {
  sizeOf: ({ header, deleted, prevKvs }) =>
    sizeOfMessage(headerWriter, header) + sizeOfInt64(deleted) + sizeOfMessages(keyValueWriter, prevKvs),
  write({ header, deleted, prevKvs }, into, at) {
    let next = writeMessage(headerWriter, headerTag, header, into, at);
    next = writeInt64(0x10, deleted, into, next);
    return writeMessages(keyValueWriter, 0x1a, prevKvs, into, next);
  },
};

const responseOpWriter: MessageWriter<ResponseOpMessage> = {
  sizeOf: ({ responseRange, responsePut, responseDeleteRange, responseTxn }) =>
    sizeOfMessage(rangeResponseWriter, responseRange) +
    sizeOfMessage(putResponseWriter, responsePut) +
    sizeOfMessage(deleteRangeResponseWriter, responseDeleteRange) +
    (responseTxn ? sizeOfMessage(txnResponseWriter, responseTxn) : 0),
  write({ responseRange, responsePut, responseDeleteRange, responseTxn }, into, at) {
    let next = writeMessage(rangeResponseWriter, 0x0a, responseRange, into, at);
    next = writeMessage(putResponseWriter, 0x12, responsePut, into, next);
    next = writeMessage(deleteRangeResponseWriter, 0x1a, responseDeleteRange, into, next);
    return responseTxn ? writeMessage(txnResponseWriter, 0x22, responseTxn, into, next) : next;
  },
};

export const txnResponseWriter: MessageWriter<TxnResponseMessage> = {
  sizeOf: ({ header, succeeded, responses }) =>
    sizeOfMessage(headerWriter, header) + sizeOfBool(succeeded) + sizeOfMessages(responseOpWriter, responses),
  write({ header, succeeded, responses }, into, at) {
    let next = writeMessage(headerWriter, headerTag, header, into, at);
    next = writeBool(0x10, succeeded, into, next);
    return writeMessages(responseOpWriter, 0x1a, responses, into, next);
  },
};

export const watchResponseWriter: MessageWriter<WatchResponseMessage> = {
  sizeOf: ({ header, watchId, created, canceled, compactRevision, cancelReason, fragment, events }) =>
    sizeOfMessage(headerWriter, header) +
    sizeOfInt64(watchId) +
    sizeOfBool(created) +
    sizeOfBool(canceled) +
    sizeOfInt64(compactRevision) +
    (cancelReason ? sizeOfBytes(utf8(cancelReason)) : 0) +
    sizeOfBool(fragment) +
    sizeOfMessages(eventWriter, events),
  write({ header, watchId, created, canceled, compactRevision, cancelReason, fragment, events }, into, at) {
    let next = writeMessage(headerWriter, headerTag, header, into, at);
    next = writeInt64(0x10, watchId, into, next);
    next = writeBool(0x18, created, into, next);
    next = writeBool(0x20, canceled, into, next);
    next = writeInt64(0x28, compactRevision, into, next);
    next = cancelReason ? writeBytes(0x32, utf8(cancelReason), into, next) : next;
    next = writeBool(0x38, fragment, into, next);
    return writeMessages(eventWriter, 0x5a, events, into, next);
  },
};
