import { invariant } from '@trireme/base';
import type { CancelSignal, Kv, Op, OpResponse } from '@trireme/ports';
import {
  type CompactionRequestMessage,
  type DeleteRangeRequestMessage,
  deleteRangeFromMessage,
  deleteRangeResponseToMessage,
  type HeaderMessage,
  headerToMessage,
  type PutRequestMessage,
  putFromMessage,
  putResponseToMessage,
  type RangeRequestMessage,
  rangeFromMessage,
  rangeResponseToMessage,
  type TxnRequestMessage,
  toNumber,
  txnFromMessage,
  txnResponseToMessage,
} from '../mapping/index.ts';
import { type RpcMethod, unary } from './rpc.ts';
import { headerOf } from './service-deps.ts';

export function kvMethods({ kv }: { readonly kv: Kv }): readonly RpcMethod[] {
  return [
    unary('/etcdserverpb.KV/Range', async (message: RangeRequestMessage, signal) =>
      rangeResponseToMessage(await kv.range(rangeFromMessage(message), { signal })),
    ),
    unary('/etcdserverpb.KV/Put', async (message: PutRequestMessage, signal) => {
      const { answer, header } = await single(kv, 'put', putFromMessage(message), signal);
      return { ...putResponseToMessage(answer.response), header };
    }),
    unary('/etcdserverpb.KV/DeleteRange', async (message: DeleteRangeRequestMessage, signal) => {
      const { answer, header } = await single(kv, 'delete-range', deleteRangeFromMessage(message), signal);
      return { ...deleteRangeResponseToMessage(answer.response), header };
    }),
    unary('/etcdserverpb.KV/Txn', async (message: TxnRequestMessage, signal) =>
      txnResponseToMessage(await kv.txn(txnFromMessage(message), { signal })),
    ),
    unary('/etcdserverpb.KV/Compact', async (message: CompactionRequestMessage, signal) => {
      await kv.compact(toNumber(message.revision), { signal });
      return { header: headerToMessage(await headerOf(kv)) };
    }),
  ];
}

/** A write alone is a transaction of one operation. */
async function single<Type extends 'put' | 'delete-range'>(
  kv: Kv,
  type: Type,
  request: Extract<Op, { type: Type }>['request'],
  signal: CancelSignal,
): Promise<{ readonly answer: Extract<OpResponse, { type: Type }>; readonly header: HeaderMessage }> {
  const { header, responses } = await kv.txn({ success: [{ type, request } as Op] }, { signal });
  const [answer] = responses;
  invariant(answer && isOf(answer, type), 'the store answers each operation in kind');
  return { answer, header: headerToMessage(header) };
}

function isOf<Type extends OpResponse['type']>(
  answer: OpResponse,
  type: Type,
): answer is Extract<OpResponse, { type: Type }> {
  return answer.type === type;
}
