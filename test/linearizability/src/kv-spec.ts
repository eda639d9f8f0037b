import { type Bytes, compareBytes, emptyBytes } from '@trireme/base';
import type {
  Compare,
  Header,
  KeyRange,
  KeyValue,
  LeaseId,
  Op,
  OpResponse,
  RangeRequest,
  RangeResponse,
  Revision,
  TxnRequest,
} from '@trireme/ports';
import { type KvInput, type KvOutput, keyText } from './kv-history.ts';
import { type Changes, createRangeTest, type KvSpace, type KvView } from './kv-space.ts';

export interface Effect {
  /** Absent for the end of a lease. */
  readonly output: KvOutput | undefined;
  readonly changes: Changes;
}

/**
 * What the port's contract says an operation does to a space as it stood at `revision`, and answers. Written apart from
 * every implementation, since it judges them. Errors are not part of it: what was refused is in no history.
 */
export function evaluateKv(space: KvSpace, revision: Revision, input: KvInput): Effect {
  if (input.type === 'range') {
    const response = answerRange(space, space.at(revision), input.request, headerAt(revision));
    return { output: { type: 'range', response }, changes: new Map() };
  }
  const run: Run = { space, base: space.at(revision), next: revision + 1, changes: new Map() };
  if (input.type === 'lease-end') {
    endLease(run, input.lease);
    return { output: undefined, changes: run.changes };
  }
  const path = choose(run.base, input.request);
  const responses = runPath(run, path);
  const header = headerAt(run.changes.size > 0 ? run.next : revision);
  return { output: { type: 'txn', response: { header, succeeded: path.succeeded, responses } }, changes: run.changes };
}

interface Run {
  readonly space: KvSpace;
  readonly base: KvView;
  readonly next: Revision;
  readonly changes: Map<string, KeyValue | undefined>;
}

/** The branch taken at each level, decided on the state before anything is written. */
interface Path {
  readonly succeeded: boolean;
  readonly steps: readonly { readonly op: Op; readonly nested: Path | undefined }[];
}

function choose(view: KvView, txn: TxnRequest): Path {
  const succeeded = (txn.compare ?? []).every((compare) => holds(view, compare));
  const ops = (succeeded ? txn.success : txn.failure) ?? [];
  return {
    succeeded,
    steps: ops.map((op) => ({ op, nested: op.type === 'txn' ? choose(view, op.request) : undefined })),
  };
}

function runPath(run: Run, path: Path): readonly OpResponse[] {
  return path.steps.map(({ op, nested }): OpResponse => {
    const header = headerAt(run.next);
    if (op.type === 'range')
      return { type: 'range', response: answerRange(run.space, viewOf(run), op.request, header) };
    if (op.type === 'put') {
      const prevKv = put(run, op.request.key, op.request);
      return { type: 'put', response: op.request.prevKv && prevKv ? { prevKv } : {} };
    }
    if (op.type === 'delete-range') {
      const removed = viewOf(run).read(op.request);
      for (const kv of removed) run.changes.set(keyText(kv.key), undefined);
      return { type: 'delete-range', response: { deleted: removed.length, prevKvs: op.request.prevKv ? removed : [] } };
    }
    const inner = nested as Path;
    return { type: 'txn', response: { header, succeeded: inner.succeeded, responses: runPath(run, inner) } };
  });
}

function put(run: Run, key: Bytes, request: Extract<Op, { type: 'put' }>['request']): KeyValue | undefined {
  const present = viewOf(run).read({ key })[0];
  run.changes.set(keyText(key), {
    key,
    value: request.ignoreValue ? (present?.value ?? emptyBytes) : request.value,
    createRevision: present?.createRevision ?? run.next,
    modRevision: run.next,
    version: (present?.version ?? 0) + 1,
    lease: request.ignoreLease ? (present?.lease ?? 0n) : (request.lease ?? 0n),
  });
  return present;
}

const allKeys: KeyRange = { key: emptyBytes, rangeEnd: new Uint8Array([0]) };

function endLease(run: Run, lease: LeaseId): void {
  for (const kv of run.base.read(allKeys)) if (kv.lease === lease) run.changes.set(keyText(kv.key), undefined);
}

/** The state as an operation inside a transaction sees it: with what those before it wrote. */
function viewOf({ base, changes }: Run): KvView {
  if (changes.size === 0) return base;
  return {
    read(range) {
      const within = createRangeTest(range);
      const merged = new Map(base.read(range).map((kv) => [keyText(kv.key), kv] as const));
      for (const [key, kv] of changes) {
        if (!within(key)) continue;
        if (kv) merged.set(key, kv);
        else merged.delete(key);
      }
      return [...merged.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kv]) => kv);
    },
  };
}

function holds(view: KvView, compare: Compare): boolean {
  const kvs = view.read(compare);
  if (kvs.length > 0) return kvs.every((kv) => holdsFor(compare, kv));
  return compare.target !== 'value' && holdsFor(compare, undefined);
}

function holdsFor(compare: Compare, kv: KeyValue | undefined): boolean {
  const order = orderOf(compare, kv);
  switch (compare.result) {
    case 'equal':
      return order === 0;
    case 'not-equal':
      return order !== 0;
    case 'greater':
      return order > 0;
    case 'less':
      return order < 0;
  }
}

function orderOf(compare: Compare, kv: KeyValue | undefined): number {
  if (compare.target === 'value') return compareBytes(kv?.value ?? emptyBytes, compare.value);
  if (compare.target === 'lease') return Number((kv?.lease ?? 0n) - compare.value);
  const numbers = { version: kv?.version, create: kv?.createRevision, mod: kv?.modRevision };
  return (numbers[compare.target] ?? 0) - compare.value;
}

function answerRange(space: KvSpace, newest: KvView, request: RangeRequest, header: Header): RangeResponse {
  const all = (request.revision ? space.at(request.revision) : newest).read(request);
  const count = all.length;
  if (request.countOnly) return { header, kvs: [], more: false, count };
  const inBounds = (value: number, min = 0, max = 0): boolean => value >= min && (max === 0 || value <= max);
  const kept = all.filter(
    (kv) =>
      inBounds(kv.modRevision, request.minModRevision, request.maxModRevision) &&
      inBounds(kv.createRevision, request.minCreateRevision, request.maxCreateRevision),
  );
  const sorted = sortKvs(kept, request.sort);
  const limit = request.limit || sorted.length;
  const kvs = sorted.slice(0, limit).map((kv) => (request.keysOnly ? { ...kv, value: emptyBytes } : kv));
  return { header, kvs, more: sorted.length > limit, count };
}

function sortKvs(kvs: readonly KeyValue[], sort: RangeRequest['sort']): readonly KeyValue[] {
  if (!sort) return kvs;
  const sign = sort.descending ? -1 : 1;
  const orders = {
    key: (a: KeyValue, b: KeyValue) => compareBytes(a.key, b.key),
    value: (a: KeyValue, b: KeyValue) => compareBytes(a.value, b.value),
    version: (a: KeyValue, b: KeyValue) => a.version - b.version,
    create: (a: KeyValue, b: KeyValue) => a.createRevision - b.createRevision,
    mod: (a: KeyValue, b: KeyValue) => a.modRevision - b.modRevision,
  };
  const order = orders[sort.by];
  return kvs.toSorted((a, b) => sign * order(a, b));
}

/** Which member answered, and in which term, is nothing that a history is judged by. */
function headerAt(revision: Revision): Header {
  return { clusterId: 0n, memberId: 0n, revision, raftTerm: 0 };
}
