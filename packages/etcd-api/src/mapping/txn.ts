import type { Header, Op, OpResponse, TxnRequest, TxnResponse } from '@trireme/ports';
import { compareFromMessage, compareToMessage } from './compare.ts';
import { headerFromMessage, headerToMessage } from './entries.ts';
import type { RequestOpMessage, ResponseOpMessage, TxnRequestMessage, TxnResponseMessage } from './messages.ts';
import { rangeFromMessage, rangeResponseFromMessage, rangeResponseToMessage, rangeToMessage } from './range.ts';
import { RpcError } from './rpc-error.ts';
import {
  deleteRangeFromMessage,
  deleteRangeResponseFromMessage,
  deleteRangeResponseToMessage,
  putFromMessage,
  putResponseFromMessage,
  putResponseToMessage,
  putToMessage,
} from './writes.ts';

/** Deeper than any client nests, and far from the end of the stack. */
const maxDepth = 64;

export function txnFromMessage(message: TxnRequestMessage, depth = 0): TxnRequest {
  if (depth > maxDepth)
    throw new RpcError('invalid-argument', `etcdserver: a transaction is nested more than ${maxDepth} times`);
  return {
    compare: (message.compare ?? []).map(compareFromMessage),
    success: (message.success ?? []).map((op) => opFromMessage(op, depth)),
    failure: (message.failure ?? []).map((op) => opFromMessage(op, depth)),
  };
}

function opFromMessage(message: RequestOpMessage, depth: number): Op {
  const { requestRange, requestPut, requestDeleteRange, requestTxn } = message;
  if (requestPut) return { type: 'put', request: putFromMessage(requestPut) };
  if (requestRange) return { type: 'range', request: rangeFromMessage(requestRange) };
  if (requestDeleteRange) return { type: 'delete-range', request: deleteRangeFromMessage(requestDeleteRange) };
  if (requestTxn) return { type: 'txn', request: txnFromMessage(requestTxn, depth + 1) };
  // etcd answers an operation that names none as one that lacks its key.
  throw new RpcError('invalid-argument', 'etcdserver: key not found');
}

export function txnToMessage(request: TxnRequest): TxnRequestMessage {
  return {
    compare: (request.compare ?? []).map(compareToMessage),
    success: (request.success ?? []).map(opToMessage),
    failure: (request.failure ?? []).map(opToMessage),
  };
}

function opToMessage(op: Op): RequestOpMessage {
  switch (op.type) {
    case 'range':
      return { requestRange: rangeToMessage(op.request) };
    case 'put':
      return { requestPut: putToMessage(op.request) };
    case 'delete-range':
      return { requestDeleteRange: op.request };
    case 'txn':
      return { requestTxn: txnToMessage(op.request) };
  }
}

export function txnResponseToMessage({ header, succeeded, responses }: TxnResponse): TxnResponseMessage {
  return { header: headerToMessage(header), succeeded, responses: responses.map((each) => opResponse(each, header)) };
}

/** As in etcd, an answer inside tells no more than its revision, and a transaction inside not even that. */
function opResponse(answer: OpResponse, { revision }: Header): ResponseOpMessage {
  const header = { revision };
  switch (answer.type) {
    case 'range':
      return { responseRange: { ...rangeResponseToMessage(answer.response), header } };
    case 'put':
      return { responsePut: { ...putResponseToMessage(answer.response), header } };
    case 'delete-range':
      return { responseDeleteRange: { ...deleteRangeResponseToMessage(answer.response), header } };
    case 'txn':
      return { responseTxn: { ...txnResponseToMessage(answer.response), header: {} } };
  }
}

export function txnResponseFromMessage(
  message: TxnResponseMessage,
  header: Header = headerFromMessage(message.header),
): TxnResponse {
  return {
    header,
    succeeded: message.succeeded ?? false,
    responses: (message.responses ?? []).map((each) => opResponseFromMessage(each, header)),
  };
}

function opResponseFromMessage(message: ResponseOpMessage, header: Header): OpResponse {
  const { responseRange, responsePut, responseDeleteRange, responseTxn } = message;
  if (responsePut) return { type: 'put', response: putResponseFromMessage(responsePut) };
  if (responseRange) return { type: 'range', response: rangeResponseFromMessage(responseRange, header) };
  if (responseDeleteRange)
    return { type: 'delete-range', response: deleteRangeResponseFromMessage(responseDeleteRange) };
  if (responseTxn) return { type: 'txn', response: txnResponseFromMessage(responseTxn, header) };
  throw new RpcError('internal', 'the server answered an operation with nothing');
}
