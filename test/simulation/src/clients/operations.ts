import { fromUtf8, utf8 } from '@trireme/base';
import { type CallOptions, type Compare, type Kv, type KvErrorCode, type Op, prefixEnd } from '@trireme/ports';
import type { SeededRandom } from '@trireme/testkit';
import type { OperationName } from '../world/plan.ts';
import type { World } from '../world/world.ts';

/** One call of a client. */
export interface Call {
  readonly world: World;
  readonly random: SeededRandom;
  readonly kv: Kv;
  readonly options: CallOptions;
  /** A value that nobody else writes. */
  nextValue(): Uint8Array<ArrayBuffer>;
  /** The newest revision that this client was told of. */
  revision: number;
}

export interface Operation {
  /** Returns the revision of the answer. */
  run(call: Call): Promise<number>;
  /** Refusals that make sense. */
  readonly errors: readonly KvErrorCode[];
}

type Key = Uint8Array<ArrayBuffer>;

/** Keys that are only written one at a time: their history can be judged key by key. */
export const singlePrefix = 'r/';
/** Keys that are written together. */
export const togetherPrefix = 'x/';
const firstKey: Key = new Uint8Array([0]);
const allEnd: Key = new Uint8Array([0]);

function someKey({ world, random }: Call, prefix: string): Key {
  return utf8(`${prefix}${random.below(world.plan.keys)}`);
}

function anyKey(call: Call): Key {
  return someKey(call, call.random.chance(0.7) ? singlePrefix : togetherPrefix);
}

function someRange(call: Call): { readonly key: Key; readonly rangeEnd: Key } {
  const { random } = call;
  if (random.chance(0.2)) return { key: firstKey, rangeEnd: allEnd };
  const prefix = utf8(random.chance(0.5) ? singlePrefix : togetherPrefix);
  return { key: random.chance(0.7) ? prefix : someKey(call, fromUtf8(prefix)), rangeEnd: prefixEnd(prefix) };
}

const put: Operation = {
  errors: [],
  async run(call) {
    const request = { key: someKey(call, singlePrefix), value: call.nextValue(), prevKv: call.random.chance(0.3) };
    const { header } = await call.kv.txn({ success: [{ type: 'put', request }] }, call.options);
    return header.revision;
  },
};

const get: Operation = {
  errors: [],
  async run(call) {
    const { header } = await call.kv.range({ key: anyKey(call), serializable: call.random.chance(0.2) }, call.options);
    return header.revision;
  },
};

const range: Operation = {
  errors: [],
  async run(call) {
    const { random } = call;
    const request = {
      ...someRange(call),
      limit: random.chance(0.3) ? 1 + random.below(4) : 0,
      serializable: random.chance(0.2),
      keysOnly: random.chance(0.1),
      countOnly: random.chance(0.1),
      ...(random.chance(0.2) ? { sort: { by: 'mod', descending: random.chance(0.5) } as const } : {}),
      ...(random.chance(0.1) ? { minModRevision: Math.max(1, call.revision - 5) } : {}),
    };
    return (await call.kv.range(request, call.options)).header.revision;
  },
};

/** Reads at a revision that was told before: it must be there, unless it was compacted or this replica lags. */
const past: Operation = {
  errors: ['compacted', 'future-revision'],
  async run(call) {
    const revision = Math.max(1, call.revision - call.random.below(30));
    const serializable = call.random.chance(0.3);
    try {
      const request = { ...someRange(call), revision, serializable };
      return (await call.kv.range(request, call.options)).header.revision;
    } catch (error) {
      if (!serializable && (error as { code?: unknown }).code === 'future-revision')
        call.world.fail('revisions', `revision ${revision} was told, and a linearizable read does not know it`);
      throw error;
    }
  },
};

/** A write guarded by the revision that was read, as an apiserver makes it. */
const swap: Operation = {
  errors: [],
  async run(call) {
    const key = someKey(call, singlePrefix);
    const { kvs } = await call.kv.range({ key, serializable: call.random.chance(0.5) }, call.options);
    const value = kvs[0]?.modRevision ?? 0;
    const compare: Compare[] = [{ key, target: 'mod', result: 'equal', value }];
    const remove = kvs[0] !== undefined && call.random.chance(0.2);
    const write: Op = remove
      ? { type: 'delete-range', request: { key } }
      : { type: 'put', request: { key, value: call.nextValue() } };
    const failure: Op[] = [{ type: 'range', request: { key } }];
    const { header } = await call.kv.txn({ compare, success: [write], failure }, call.options);
    return header.revision;
  },
};

/** Guards over two keys, writes to both, and reads beside them. */
const transfer: Operation = {
  errors: [],
  async run(call) {
    const { random } = call;
    const from = someKey(call, togetherPrefix);
    const to = someKey(call, togetherPrefix);
    const compare: Compare[] = [
      { key: from, target: 'version', result: random.pick(['greater', 'less', 'equal']), value: random.below(4) },
    ];
    if (random.chance(0.5)) compare.push({ key: to, target: 'create', result: 'not-equal', value: 0 });
    const success: Op[] = [{ type: 'put', request: { key: from, value: call.nextValue() } }];
    if (fromUtf8(from) !== fromUtf8(to)) {
      const gone: Op = { type: 'delete-range', request: { key: to, prevKv: true } };
      success.push(random.chance(0.3) ? gone : { type: 'put', request: { key: to, value: call.nextValue() } });
    }
    success.push({ type: 'range', request: someRange(call) });
    const failure: Op[] = [
      { type: 'put', request: { key: to, value: call.nextValue() } },
      { type: 'range', request: { key: from } },
    ];
    const { header } = await call.kv.txn({ compare, success, failure }, call.options);
    return header.revision;
  },
};

const remove: Operation = {
  errors: [],
  async run(call) {
    const request = { key: someKey(call, singlePrefix), prevKv: call.random.chance(0.5) };
    return (await call.kv.txn({ success: [{ type: 'delete-range', request }] }, call.options)).header.revision;
  },
};

const removeRange: Operation = {
  errors: [],
  async run(call) {
    const key = utf8(togetherPrefix);
    const request = { key, rangeEnd: prefixEnd(key), prevKv: call.random.chance(0.5) };
    return (await call.kv.txn({ success: [{ type: 'delete-range', request }] }, call.options)).header.revision;
  },
};

const compact: Operation = {
  errors: ['compacted', 'future-revision'],
  async run(call) {
    const revision = call.revision - call.random.below(40);
    if (revision <= 1 || call.random.chance(0.5)) return call.revision;
    call.world.compactAsked = Math.max(call.world.compactAsked, revision);
    await call.kv.compact(revision, call.options);
    return call.revision;
  },
};

export const operations: Readonly<Record<Exclude<OperationName, 'lease'>, Operation>> = {
  put,
  get,
  range,
  past,
  swap,
  transfer,
  delete: remove,
  deleteRange: removeRange,
  compact,
};
