import type { Op, TxnRequest } from '@trireme/ports';

function everyOp(request: TxnRequest, test: (op: Op) => boolean): boolean {
  const passes = (op: Op): boolean => (op.type === 'txn' ? everyOp(op.request, test) : test(op));
  return (request.success ?? []).every(passes) && (request.failure ?? []).every(passes);
}

export function isReadOnly(request: TxnRequest): boolean {
  return everyOp(request, (op) => op.type === 'range');
}

/** In whichever branch: deletions alone pass where there is no space. */
export function hasPut(request: TxnRequest): boolean {
  return !everyOp(request, (op) => op.type !== 'put');
}

/** Of keys and values, as quotas and limits count. */
export function txnBytes(request: TxnRequest): number {
  let bytes = 0;
  for (const { key, rangeEnd, target, value } of request.compare ?? [])
    bytes += key.length + (rangeEnd?.length ?? 0) + (target === 'value' ? value.length : 8);
  for (const branch of [request.success, request.failure]) for (const op of branch ?? []) bytes += opBytes(op);
  return bytes;
}

function opBytes(op: Op): number {
  if (op.type === 'txn') return txnBytes(op.request);
  if (op.type === 'put') return op.request.key.length + op.request.value.length;
  return op.request.key.length + (op.request.rangeEnd?.length ?? 0);
}
