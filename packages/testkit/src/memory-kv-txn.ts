import { type Bytes, compareBytes, emptyBytes, equalBytes } from '@trireme/base';
import {
  type Compare,
  type Header,
  type KeyRange,
  type KeyValue,
  KvError,
  type LeaseId,
  type Op,
  type OpResponse,
  type PutRequest,
  type RangeRequest,
  type RangeResponse,
  type TxnRequest,
  type TxnResponse,
} from '@trireme/ports';
import { inRange, type MemorySpace, type Writer } from './memory-kv-space.ts';

const maxTxnOps = 128;

/** Throws what is wrong with a request whatever the store holds. */
export function checkTxnShape(txn: TxnRequest, budget = maxTxnOps): void {
  const { compare = [], success = [], failure = [] } = txn;
  const ops = Math.max(compare.length, success.length, failure.length);
  if (ops > budget)
    throw new KvError('too-many-operations', `A transaction may hold ${maxTxnOps} operations. Split it.`);
  for (const { key } of compare) requireKey(key);
  for (const op of [...success, ...failure]) {
    if (op.type === 'txn') checkTxnShape(op.request, budget - ops);
    else requireKey(op.request.key);
    if (op.type === 'put') checkPutShape(op.request);
  }
  collectWrites(success);
  collectWrites(failure);
}

export function requireKey(key: Bytes): void {
  if (key.length === 0) throw new KvError('empty-key', 'The request names no key. Give a key of at least one byte.');
}

function checkPutShape(put: PutRequest): void {
  if (put.ignoreValue && put.value.length > 0)
    throw new KvError('value-provided', 'A put that keeps the present value must not bring one. Leave it empty.');
  if (put.ignoreLease && put.lease)
    throw new KvError('lease-provided', 'A put that keeps the present lease must not bring one. Leave it out.');
}

interface Writes {
  readonly puts: readonly Bytes[];
  readonly deletes: readonly KeyRange[];
}

/** The keys put and the ranges deleted by a branch; refuses a key that would be written twice at one revision. */
function collectWrites(ops: readonly Op[]): Writes {
  const puts: Bytes[] = [];
  const deletes: KeyRange[] = ops.flatMap((op) => (op.type === 'delete-range' ? [op.request] : []));
  const add = (key: Bytes, allowed: readonly Bytes[] = []): void => {
    const there = puts.some((put) => equalBytes(put, key));
    const again = there && !allowed.some((put) => equalBytes(put, key));
    if (again || deletes.some((range) => inRange(range, key)))
      throw new KvError('duplicate-key', 'A transaction may write a key only once. Merge the operations.');
    if (!there) puts.push(key);
  };
  for (const op of ops) {
    if (op.type !== 'txn') continue;
    const then = collectWrites(op.request.success ?? []);
    const otherwise = collectWrites(op.request.failure ?? []);
    for (const key of then.puts) add(key);
    // Only one of the two branches runs, so both may write the same key.
    for (const key of otherwise.puts) add(key, then.puts);
    deletes.push(...then.deletes, ...otherwise.deletes);
  }
  for (const op of ops) if (op.type === 'put') add(op.request.key);
  return { puts, deletes };
}

/** Which branch is taken at each level; decided before anything is written. */
interface Path {
  readonly succeeded: boolean;
  readonly ops: readonly Op[];
  readonly children: readonly (Path | undefined)[];
}

export function choosePath(space: MemorySpace, txn: TxnRequest): Path {
  const succeeded = (txn.compare ?? []).every((compare) => holds(space, compare));
  const ops = (succeeded ? txn.success : txn.failure) ?? [];
  return { succeeded, ops, children: ops.map((op) => (op.type === 'txn' ? choosePath(space, op.request) : undefined)) };
}

function holds(space: MemorySpace, compare: Compare): boolean {
  const kvs = space.read(compare, space.revision);
  if (kvs.length > 0) return kvs.every((kv) => holdsFor(compare, kv));
  // A key that is not there has no value to compare; its numbers are all zero.
  return compare.target !== 'value' && holdsFor(compare, undefined);
}

function holdsFor(compare: Compare, kv: KeyValue | undefined): boolean {
  const order = orderOf(compare, kv);
  if (compare.result === 'equal') return order === 0;
  if (compare.result === 'not-equal') return order !== 0;
  return compare.result === 'greater' ? order > 0 : order < 0;
}

function orderOf(compare: Compare, kv: KeyValue | undefined): number {
  switch (compare.target) {
    case 'value':
      return compareBytes(kv?.value ?? emptyBytes, compare.value);
    case 'lease': {
      const lease = kv?.lease ?? 0n;
      return lease === compare.value ? 0 : lease > compare.value ? 1 : -1;
    }
    case 'version':
      return (kv?.version ?? 0) - compare.value;
    case 'create':
      return (kv?.createRevision ?? 0) - compare.value;
    case 'mod':
      return (kv?.modRevision ?? 0) - compare.value;
  }
}

/** Throws what the taken branches would trip over, so that a transaction has all of its effects or none. */
export function checkPath(space: MemorySpace, path: Path, hasLease: (id: LeaseId) => boolean): void {
  for (const [index, op] of path.ops.entries()) {
    if (op.type === 'range') checkRevision(space, op.request.revision ?? 0);
    if (op.type === 'put') {
      const { key, lease = 0n, ignoreValue, ignoreLease } = op.request;
      if ((ignoreValue || ignoreLease) && space.read({ key }, space.revision).length === 0)
        throw new KvError('key-not-found', 'The key whose value or lease is to be kept is not there. Put it whole.');
      if (lease !== 0n && !hasLease(lease))
        throw new KvError('lease-not-found', `Lease ${lease} is not there. Grant a new one.`);
    }
    const child = path.children[index];
    if (child) checkPath(space, child, hasLease);
  }
}

export function checkRevision(space: MemorySpace, revision: number): void {
  if (revision > space.revision)
    throw new KvError('future-revision', `Revision ${revision} is not there yet: the store is at ${space.revision}.`);
  if (revision > 0 && revision < space.compactRevision)
    throw new KvError('compacted', `Revision ${revision} was compacted at ${space.compactRevision}. Read a newer one.`);
}

export function runPath(space: MemorySpace, path: Path, writer: Writer, header: Header): TxnResponse {
  const responses = path.ops.map((op, index) => runOp(space, op, path.children[index], writer, header));
  return { header, succeeded: path.succeeded, responses };
}

function runOp(space: MemorySpace, op: Op, child: Path | undefined, writer: Writer, header: Header): OpResponse {
  if (op.type === 'range')
    return { type: 'range', response: readRange(space, op.request, header, Number.MAX_SAFE_INTEGER) };
  if (op.type === 'delete-range') {
    const removed = writer.deleteRange(op.request);
    return { type: 'delete-range', response: { deleted: removed.length, prevKvs: op.request.prevKv ? removed : [] } };
  }
  if (op.type === 'txn') return { type: 'txn', response: runPath(space, child as Path, writer, header) };
  const present = space.read({ key: op.request.key }, Number.MAX_SAFE_INTEGER)[0];
  const value = op.request.ignoreValue ? (present?.value ?? emptyBytes) : op.request.value;
  const lease = op.request.ignoreLease ? (present?.lease ?? 0n) : (op.request.lease ?? 0n);
  const prevKv = writer.put(op.request.key, value, lease);
  return { type: 'put', response: op.request.prevKv ? { prevKv } : {} };
}

export function readRange(space: MemorySpace, request: RangeRequest, header: Header, newest: number): RangeResponse {
  const all = space.read(request, request.revision || newest);
  const count = all.length;
  if (request.countOnly) return { header, kvs: [], more: false, count };
  const within = (value: number, min = 0, max = 0): boolean => value >= min && (max === 0 || value <= max);
  let kvs = all.filter(
    (kv) =>
      within(kv.modRevision, request.minModRevision, request.maxModRevision) &&
      within(kv.createRevision, request.minCreateRevision, request.maxCreateRevision),
  );
  const { sort } = request;
  if (sort) kvs.sort((a, b) => sortOrder(sort.by, a, b) * (sort.descending ? -1 : 1));
  const limit = request.limit ?? 0;
  const more = limit > 0 && kvs.length > limit;
  if (more) kvs = kvs.slice(0, limit);
  if (request.keysOnly) kvs = kvs.map((kv) => ({ ...kv, value: emptyBytes }));
  return { header, kvs, more, count };
}

function sortOrder(by: NonNullable<RangeRequest['sort']>['by'], a: KeyValue, b: KeyValue): number {
  switch (by) {
    case 'key':
      return compareBytes(a.key, b.key);
    case 'value':
      return compareBytes(a.value, b.value);
    case 'version':
      return a.version - b.version;
    case 'create':
      return a.createRevision - b.createRevision;
    case 'mod':
      return a.modRevision - b.modRevision;
    default:
      throw new KvError('invalid-sort', `There is no order by '${by}'. Sort by key, version, create, mod or value.`);
  }
}
