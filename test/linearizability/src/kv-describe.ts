import { type Bytes, fromUtf8Strict } from '@trireme/base';
import type { KeyRange, KeyValue, Op, OpResponse, RangeResponse, TxnRequest } from '@trireme/ports';
import { type KvInput, type KvOutput, keyText } from './kv-history.ts';

/** A request in a few words. Equal requests read equal, and those that could act differently do not. */
export function describeKvInput(input: KvInput): string {
  if (input.type === 'lease-end') return `end of lease ${input.lease}`;
  return input.type === 'range' ? describeOp(input) : describeTxn(input.request);
}

/** An answer in full, but for what members may differ in: two answers are the same when their texts are. */
export function describeKvOutput(output: KvOutput): string {
  const { header } = output.response;
  const text =
    output.type === 'range'
      ? describeRange(output.response)
      : describeResponses(output.response.succeeded, output.response.responses);
  return `${text} @${header.revision}`;
}

export function describeRange({ kvs, more, count }: RangeResponse): string {
  const shown = kvs.length === 0 ? 'nothing' : kvs.map(describeKeyValue).join(' ');
  return `${shown}${more ? ' and more' : ''}${count === kvs.length ? '' : ` of ${count}`}`;
}

export function describeResponses(succeeded: boolean, responses: readonly OpResponse[]): string {
  return `${succeeded ? 'success' : 'failure'}[${responses.map(describeResponse).join(', ')}]`;
}

function describeResponse(answer: OpResponse): string {
  switch (answer.type) {
    case 'range':
      return describeRange(answer.response);
    case 'put':
      return answer.response.prevKv ? `put over ${describeKeyValue(answer.response.prevKv)}` : 'put';
    case 'delete-range':
      return `deleted ${[answer.response.deleted, ...answer.response.prevKvs.map(describeKeyValue)].join(' ')}`;
    case 'txn':
      return describeResponses(answer.response.succeeded, answer.response.responses);
  }
}

export function describeKeyValue(kv: KeyValue): string {
  const lease = kv.lease === 0n ? '' : ` lease ${kv.lease}`;
  return `${bytesText(kv.key)}=${bytesText(kv.value)}(create ${kv.createRevision} mod ${kv.modRevision} v${kv.version}${lease})`;
}

function describeTxn({ compare = [], success = [], failure = [] }: TxnRequest): string {
  const then = success.map(describeOp).join(', ');
  if (compare.length === 0 && failure.length === 0) return then || 'empty transaction';
  const conditions = compare.map((one) => {
    const value = one.target === 'value' ? bytesText(one.value) : one.value;
    return `${one.target} of ${describeKeys(one)} ${one.result} ${value}`;
  });
  return `if ${conditions.join(' and ')} then [${then}] else [${failure.map(describeOp).join(', ')}]`;
}

function describeOp(op: Op): string {
  switch (op.type) {
    case 'range': {
      const { key: _key, rangeEnd: _end, ...options } = op.request;
      return `range ${describeKeys(op.request)}${describeOptions(options)}`;
    }
    case 'put': {
      const { key, value, ...options } = op.request;
      return `put ${bytesText(key)}=${bytesText(value)}${describeOptions(options)}`;
    }
    case 'delete-range':
      return `delete ${describeKeys(op.request)}${op.request.prevKv ? ' prevKv' : ''}`;
    case 'txn':
      return `(${describeTxn(op.request)})`;
  }
}

function describeKeys({ key, rangeEnd }: KeyRange): string {
  if (rangeEnd === undefined || rangeEnd.length === 0) return bytesText(key);
  return `[${bytesText(key)}, ${keyText(rangeEnd) === '\0' ? 'end' : bytesText(rangeEnd)})`;
}

function describeOptions(options: object): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined && value !== false && value !== 0 && value !== 0n)
    .map(([name, value]) =>
      value === true ? ` ${name}` : ` ${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
    )
    .join('');
}

/** Plain words as they are, other text quoted, and bytes that are no text in hexadecimal: never two alike. */
export function bytesText(bytes: Bytes): string {
  const text = fromUtf8Strict(bytes);
  if (text === undefined) return `x'${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}'`;
  return /^[\w./:-]+$/.test(text) ? text : JSON.stringify(text);
}
