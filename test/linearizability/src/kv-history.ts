import type { Bytes } from '@trireme/base';
import type {
  KeyValue,
  LeaseId,
  OpResponse,
  RangeRequest,
  RangeResponse,
  TxnRequest,
  TxnResponse,
} from '@trireme/ports';
import type { History, Operation } from './history.ts';

/** What is asked of a `Kv`, in the port's own words, and the end of a lease, which nobody asks for. */
export type KvInput =
  | { readonly type: 'range'; readonly request: RangeRequest }
  | { readonly type: 'txn'; readonly request: TxnRequest }
  /** All keys attached are deleted at one revision. Record it as an open operation, called when it was possible. */
  | { readonly type: 'lease-end'; readonly lease: LeaseId };

export type KvOutput =
  | { readonly type: 'range'; readonly response: RangeResponse }
  | { readonly type: 'txn'; readonly response: TxnResponse };

export type KvOperation = Operation<KvInput, KvOutput>;
export type KvHistory = History<KvInput, KvOutput>;

/** One character per byte: keys as map keys, ordered as their bytes are. */
export function keyText(key: Bytes): string {
  let text = '';
  for (const byte of key) text += String.fromCharCode(byte);
  return text;
}

/** Whether an answer tells of a change, and so of a revision of its own. */
export function hasWritten(output: KvOutput): boolean {
  return output.type === 'txn' && output.response.responses.some(wrote);
}

function wrote(response: OpResponse): boolean {
  if (response.type === 'put') return true;
  if (response.type === 'delete-range') return response.response.deleted > 0;
  return response.type === 'txn' && response.response.responses.some(wrote);
}

/** Every key and value that an answer shows. */
export function shownIn(output: KvOutput): readonly KeyValue[] {
  return output.type === 'range' ? output.response.kvs : output.response.responses.flatMap(shownInResponse);
}

function shownInResponse(response: OpResponse): readonly KeyValue[] {
  switch (response.type) {
    case 'range':
      return response.response.kvs;
    case 'put':
      return response.response.prevKv ? [response.response.prevKv] : [];
    case 'delete-range':
      return response.response.prevKvs;
    case 'txn':
      return response.response.responses.flatMap(shownInResponse);
  }
}
