import {
  checkLinearizable,
  checkRevisionOrder,
  createRegisterModel,
  isKnown,
  type KvHistory,
  type KvInput,
  type KvOperation,
  toKeyHistory,
} from '@trireme/linearizability';
import type { Op } from '@trireme/ports';
import type { Truth } from '../load/truth.ts';
import { keyText, valueText } from './text.ts';

export interface HistoryCase {
  /** Of the whole store, from its beginning. */
  readonly history: KvHistory;
  readonly truth: Truth;
  /** Where keys that are written one at a time begin. */
  readonly singles: string;
}

/** A limit that is reached counts as a failure: nothing was proven. */
const limit = () => ({ timeMs: 20_000, now: () => performance.now() });

/** What clients were told cannot have come from one store that does one thing at a time: why, or nothing. */
export function judgeHistory({ history, truth, singles }: HistoryCase): string[] {
  const problems = history.flatMap((operation) => lostWrites(operation, truth));
  const values = valuesIn(truth);
  const happened = history.filter((operation) => !neverHappened(operation, values));
  const order = checkRevisionOrder({ history: happened, limit: limit() });
  if (order.verdict !== 'ok')
    problems.push(
      `the history is not linearizable (${order.verdict}): ${order.verdict === 'violation' ? order.reason : 'the limit came first'}\n${order.timeline}`,
    );
  const ofKeys = happened.filter(({ input }) => isOfSingles(input, singles));
  const keys = checkLinearizable({ model: createRegisterModel(), history: toKeyHistory(ofKeys), limit: limit() });
  if (keys.verdict !== 'ok')
    problems.push(`key ${keys.partition} is not linearizable (${keys.verdict})\n${keys.timeline}`);
  return problems;
}

function opsOf(input: KvInput): readonly Op[] {
  return input.type === 'txn' ? [...(input.request.success ?? []), ...(input.request.failure ?? [])] : [];
}

function isOfSingles(input: KvInput, prefix: string): boolean {
  if (input.type === 'lease-end') return false;
  if (input.type === 'range') return keyText(input.request.key).startsWith(prefix) && !input.request.rangeEnd;
  return opsOf(input).every((op) => op.type !== 'txn' && keyText(op.request.key).startsWith(prefix));
}

/** Every value that was ever there. Each is written once. */
function valuesIn(truth: Truth): ReadonlySet<string> {
  const values = new Set<string>();
  for (let revision = 2; revision <= truth.last; revision++)
    for (const { type, kv } of truth.changeAt(revision) ?? []) if (type === 'put') values.add(valueText(kv.value));
  return values;
}

/**
 * A write of unknown outcome whose value no member ever told of. There are many while a member is down, and they are left
 * out: a checker would try every order of such. That hides nothing, since what such a one did would be found undone by
 * anybody: a read that shows its value, or a revision that it made.
 */
function neverHappened(operation: KvOperation, values: ReadonlySet<string>): boolean {
  if (isKnown(operation)) return false;
  const puts = opsOf(operation.input).flatMap((op) => (op.type === 'put' ? [valueText(op.request.value)] : []));
  return puts.length > 0 && puts.every((value) => !values.has(value));
}

/** Each acknowledged put is found in what members told of its revision. */
function lostWrites(operation: KvOperation, truth: Truth): string[] {
  if (!isKnown(operation) || operation.input.type !== 'txn' || operation.output.type !== 'txn') return [];
  const { request } = operation.input;
  const { header, succeeded } = operation.output.response;
  return ((succeeded ? request.success : request.failure) ?? []).flatMap((op) => {
    if (op.type !== 'put') return [];
    const [key, value] = [keyText(op.request.key), valueText(op.request.value)];
    const there = truth
      .changeAt(header.revision)
      ?.some(({ type, kv }) => type === 'put' && keyText(kv.key) === key && valueText(kv.value) === value);
    return there ? [] : [`the write of ${key}=${value} was acknowledged at ${header.revision}, and is not there`];
  });
}
