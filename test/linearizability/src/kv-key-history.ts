import type { KeyValue, Op, TxnRequest, TxnResponse } from '@trireme/ports';
import { isKnown, type Operation } from './history.ts';
import { bytesText, describeKvInput } from './kv-describe.ts';
import { type KvHistory, type KvInput, type KvOperation, type KvOutput, keyText } from './kv-history.ts';
import { createRangeTest, isSingleKey } from './kv-space.ts';
import type { RegisterHistory, RegisterInput, RegisterOutput } from './register-model.ts';
import type { Shown } from './register-state.ts';

export interface KeyHistoryOptions {
  /** Default `leave-out`: reads of many keys are not judged here, since they would join all they touch into one part. */
  readonly ranges?: 'leave-out' | 'connect' | undefined;
}

/**
 * The history of a `Kv` as one of registers, for `createRegisterModel`: judged key by key, fast, and without the need
 * that revisions be complete. Takes puts, deletions of one key, gets, and those guarded by the key's own revision, as
 * an apiserver makes them. Refuses (throws on) other writes: `checkRevisionOrder` judges them all. Reads that registers
 * cannot express (old revisions, serializable, counted, limited or filtered) are left out, which hides nothing else.
 */
export function toKeyHistory(history: KvHistory, options: KeyHistoryOptions = {}): RegisterHistory {
  const leases = keysOfLeases(history);
  const keys = [...new Set(history.flatMap(({ input }) => keysIn(input)))].sort();
  return history.flatMap((operation): RegisterHistory => {
    const { input } = operation;
    if (input.type === 'lease-end')
      return [...(leases.get(input.lease) ?? [])].map((key) => open(operation, { type: 'delete', keys: [key] }));
    if (input.type === 'txn') {
      const single = translateTxn(input.request);
      return single ? [translate(operation, single)] : [];
    }
    const { request } = input;
    const { key: _key, rangeEnd: _end, ...rest } = request;
    if (Object.values(rest).some(Boolean) || (!isSingleKey(request) && options.ranges !== 'connect')) return [];
    const asked = isSingleKey(request) ? [keyText(request.key)] : keys.filter(createRangeTest(request));
    return asked.length === 0 ? [] : [translate(operation, { type: 'get', keys: asked })];
  });
}

function translate(operation: KvOperation, input: RegisterInput): Operation<RegisterInput, RegisterOutput> {
  if (!isKnown(operation)) return open(operation, input);
  return { ...operation, input, output: translateOutput(operation.output) };
}

/** As one whose answer, if there was one, does not count. */
function open({ client, calledAt }: KvOperation, input: RegisterInput): Operation<RegisterInput, RegisterOutput> {
  return { client, calledAt, returnedAt: 'unknown', input };
}

/** Undefined for a transaction that only reads. */
function translateTxn(txn: TxnRequest): RegisterInput | undefined {
  const { compare = [], success = [], failure = [] } = txn;
  if ([...success, ...failure].every((op) => op.type === 'range')) return undefined;
  const [write, ...more] = success;
  const [guard, ...otherGuards] = compare;
  const refuse = (): never => {
    throw new Error(
      `The transaction "${describeKvInput({ type: 'txn', request: txn })}" is none of a single register. ` +
        'Judge this history with checkRevisionOrder.',
    );
  };
  if (!write || more.length > 0 || otherGuards.length > 0) return refuse();
  if (write.type !== 'put' && write.type !== 'delete-range') return refuse();
  if (write.type === 'delete-range' && !isSingleKey(write.request)) return refuse();
  if (write.type === 'put' && write.request.ignoreValue) return refuse();
  const key = keyText(write.request.key);
  const value = write.type === 'put' ? bytesText(write.request.value) : undefined;
  if (!guard) return value === undefined ? { type: 'delete', keys: [key] } : { type: 'put', key, value };
  const byRevision =
    guard.target === 'mod' || (guard.target !== 'value' && guard.target !== 'lease' && guard.value === 0);
  const sameKey = isSingleKey(guard) && keyText(guard.key) === key;
  if (!byRevision || !sameKey || guard.result !== 'equal' || !failure.every((op) => isReadOf(op, key))) return refuse();
  // A deletion of what is not there does nothing and succeeds, which a swap cannot say.
  if (value === undefined && guard.value === 0) return refuse();
  return { type: 'cas', key, expected: Number(guard.value), value };
}

function isReadOf(op: Op, key: string): boolean {
  return op.type === 'range' && isSingleKey(op.request) && keyText(op.request.key) === key && !op.request.revision;
}

function translateOutput(output: KvOutput): RegisterOutput {
  if (output.type === 'range') return { type: 'got', kvs: output.response.kvs.map(toShown) };
  const { succeeded, header, responses }: TxnResponse = output.response;
  const first = responses[0];
  if (!succeeded) {
    if (first?.type !== 'range') return { type: 'refused' };
    const kv = first.response.kvs[0];
    return { type: 'refused', present: kv ? toShown(kv) : null };
  }
  if (first?.type === 'delete-range')
    return { type: 'deleted', count: first.response.deleted, revision: header.revision };
  return { type: 'written', revision: header.revision };
}

function toShown(kv: KeyValue): Shown {
  const { modRevision, createRevision, version } = kv;
  return { key: keyText(kv.key), value: bytesText(kv.value), modRevision, createRevision, version };
}

function putsIn(input: KvInput): readonly Extract<Op, { type: 'put' }>['request'][] {
  if (input.type !== 'txn') return [];
  const { success = [], failure = [] } = input.request;
  return [...success, ...failure].flatMap((op) =>
    op.type === 'put' ? [op.request] : op.type === 'txn' ? putsIn(op) : [],
  );
}

function keysIn(input: KvInput): readonly string[] {
  const written = putsIn(input).map(({ key }) => keyText(key));
  return input.type === 'range' && isSingleKey(input.request) ? [keyText(input.request.key)] : written;
}

function keysOfLeases(history: KvHistory): ReadonlyMap<bigint, ReadonlySet<string>> {
  const keys = new Map<bigint, Set<string>>();
  for (const { input } of history) {
    for (const { key, lease } of putsIn(input)) {
      if (lease) keys.set(lease, (keys.get(lease) ?? new Set()).add(keyText(key)));
    }
  }
  return keys;
}
