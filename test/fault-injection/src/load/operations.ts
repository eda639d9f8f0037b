import { randomFillSync } from 'node:crypto';
import { fromUtf8, utf8 } from '@trireme/base';
import { type CallOptions, type Compare, type Kv, type Op, prefixEnd } from '@trireme/ports';

export interface Call {
  readonly kv: Kv;
  readonly options: CallOptions;
  /** What all keys of this fault begin with. */
  readonly prefix: string;
  /** A value that nobody else writes. */
  nextValue(): Uint8Array<ArrayBuffer>;
}

/** Returns whether a write was acknowledged. */
export type Operation = (call: Call) => Promise<boolean>;

type Key = Uint8Array<ArrayBuffer>;

/** Keys that are written one at a time, so that their history can be judged key by key. */
export const singles = (prefix: string): string => `${prefix}/r/`;
/** Keys that are written together. */
const pairs = (prefix: string): string => `${prefix}/x/`;
const keyCount = 5;

const below = (count: number): number => Math.floor(Math.random() * count);
const single = ({ prefix }: Call): Key => utf8(`${singles(prefix)}${below(keyCount)}`);

const put: Operation = async (call) => {
  const request = { key: single(call), value: call.nextValue(), prevKv: below(3) === 0 };
  await call.kv.txn({ success: [{ type: 'put', request }] }, call.options);
  return true;
};

const get: Operation = async (call) => {
  await call.kv.range({ key: single(call) }, call.options);
  return false;
};

/** Only reads: of a member that is cut off they are answered from the past, or not at all. */
export const read: Operation = (call) => (below(4) === 0 ? range(call) : get(call));

/** Through one member a write, and at once through another a read of the same key. */
export const relay =
  (reader: Kv): Operation =>
  async (call) => {
    const key = single(call);
    await call.kv.txn({ success: [{ type: 'put', request: { key, value: call.nextValue() } }] }, call.options);
    await reader.range({ key }, call.options);
    return true;
  };

const range: Operation = async (call) => {
  const key = utf8(below(2) === 0 ? singles(call.prefix) : pairs(call.prefix));
  await call.kv.range({ key, rangeEnd: prefixEnd(key), limit: below(3) === 0 ? 2 : 0 }, call.options);
  return false;
};

/** A write guarded by the revision that was read, as an apiserver makes it. */
const swap: Operation = async (call) => {
  const key = single(call);
  const { kvs } = await call.kv.range({ key, serializable: below(2) === 0 }, call.options);
  const value = kvs[0]?.modRevision ?? 0;
  const compare: Compare[] = [{ key, target: 'mod', result: 'equal', value }];
  const success: Op[] = [
    kvs[0] && below(4) === 0
      ? { type: 'delete-range', request: { key } }
      : { type: 'put', request: { key, value: call.nextValue() } },
  ];
  const { succeeded } = await call.kv.txn(
    { compare, success, failure: [{ type: 'range', request: { key } }] },
    call.options,
  );
  return succeeded;
};

/** Two keys in one transaction, either way it goes. */
const both: Operation = async (call) => {
  const [from, to] = [0, 1].map((half) => utf8(`${pairs(call.prefix)}${half}${below(2)}`)) as [Key, Key];
  const write = (key: Key): Op => ({ type: 'put', request: { key, value: call.nextValue() } });
  await call.kv.txn(
    {
      compare: [{ key: from, target: 'version', result: 'less', value: 1 + below(20) }],
      success: [write(from), write(to), { type: 'range', request: { key: from } }],
      failure: [{ type: 'delete-range', request: { key: from, prevKv: true } }, write(to)],
    },
    call.options,
  );
  return true;
};

const remove: Operation = async (call) => {
  const request = { key: single(call), prevKv: true };
  const { responses } = await call.kv.txn({ success: [{ type: 'delete-range', request }] }, call.options);
  return responses[0]?.type === 'delete-range' && responses[0].response.deleted > 0;
};

const mix: readonly (readonly [weight: number, Operation])[] = [
  [30, put],
  [25, get],
  [8, range],
  [20, swap],
  [10, both],
  [7, remove],
];

/** Any of them, each as often as its weight says. */
export function anyOperation(): Operation {
  let at = below(mix.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, operation] of mix) {
    at -= weight;
    if (at < 0) return operation;
  }
  return put;
}

export const bulkBytes = 256 << 10;

/** What fills a disk: large values to few keys, which nobody reads. */
export const bulk: Operation = async (call) => {
  // Random, so that no disk can make it small.
  const value = new Uint8Array(bulkBytes);
  randomFillSync(value);
  value.set(utf8(`${fromUtf8(call.nextValue())} `));
  await call.kv.txn(
    { success: [{ type: 'put', request: { key: utf8(`${call.prefix}/bulk/${below(2)}`), value } }] },
    call.options,
  );
  return true;
};
