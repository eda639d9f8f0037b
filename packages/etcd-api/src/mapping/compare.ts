import { emptyBytes } from '@trireme/base';
import type { Compare } from '@trireme/ports';
import { keyRangeFromMessage } from './entries.ts';
import { fromBigInt, toBigInt, toNumber } from './int64.ts';
import type { CompareMessage } from './messages.ts';
import { RpcError } from './rpc-error.ts';

/** The places are the numbers of `CompareResult` and `CompareTarget`. */
const results: readonly Compare['result'][] = ['equal', 'greater', 'less', 'not-equal'];
const targets: readonly Compare['target'][] = ['version', 'create', 'mod', 'value', 'lease'];

export function compareFromMessage(message: CompareMessage): Compare {
  const result = results[message.result ?? 0];
  const target = targets[message.target ?? 0];
  if (!result || !target)
    throw new RpcError('invalid-argument', `etcdserver: unknown comparison ${message.result} of ${message.target}`);
  const common = { ...keyRangeFromMessage(message), result };
  switch (target) {
    case 'version':
      return { ...common, target, value: toNumber(message.version) };
    case 'create':
      return { ...common, target, value: toNumber(message.createRevision) };
    case 'mod':
      return { ...common, target, value: toNumber(message.modRevision) };
    case 'value':
      return { ...common, target, value: message.value ?? emptyBytes };
    case 'lease':
      return { ...common, target, value: toBigInt(message.lease) };
  }
}

export function compareToMessage(compare: Compare): CompareMessage {
  const { key, rangeEnd } = compare;
  const common = {
    key,
    rangeEnd,
    result: results.indexOf(compare.result),
    target: targets.indexOf(compare.target),
  };
  switch (compare.target) {
    case 'version':
      return { ...common, version: compare.value };
    case 'create':
      return { ...common, createRevision: compare.value };
    case 'mod':
      return { ...common, modRevision: compare.value };
    case 'value':
      return { ...common, value: compare.value };
    case 'lease':
      return { ...common, lease: fromBigInt(compare.value) };
  }
}
