/**
 * Writing by hand for the answers of which there are many, from the very shapes that the codec of the schema takes; that
 * codec is the oracle of the tests. It takes a third of the codec's time, and no copy. Whatever is not here goes by the
 * schema, and so do requests: reading them by hand was no faster.
 */
import type { MessageWriter } from './message-writer.ts';
import {
  deleteRangeResponseWriter,
  putResponseWriter,
  rangeResponseWriter,
  txnResponseWriter,
  watchResponseWriter,
} from './response-writers.ts';

export type { MessageWriter } from './message-writer.ts';

/** By the path of the method. */
export const responseWriters: ReadonlyMap<string, MessageWriter<object>> = new Map<string, MessageWriter<object>>([
  ['/etcdserverpb.KV/Range', rangeResponseWriter],
  ['/etcdserverpb.KV/Put', putResponseWriter],
  ['/etcdserverpb.KV/DeleteRange', deleteRangeResponseWriter],
  ['/etcdserverpb.KV/Txn', txnResponseWriter],
  ['/etcdserverpb.Watch/Watch', watchResponseWriter],
]);
