import { type Bytes, compareBytes, emptyBytes } from '@trireme/base';
import {
  type Compare,
  type Header,
  type KeyRange,
  type KeyValue,
  KvError,
  type KvEvent,
  type LeaseId,
  type Op,
  type OpResponse,
  type PutRequest,
  type Revision,
  type TxnRequest,
  type TxnResponse,
} from '@trireme/ports';
import type { Change } from './change-log.ts';
import { checkReadRevision, eventOf, insertVersion, type Space } from './key-space.ts';
import { isSingleKey, keyText, textRange } from './key-text.ts';
import { readRange } from './range.ts';
import { type KeyEntry, Version } from './version.ts';

/** What the log carries: every change of the key space and of its leases. */
export type Command =
  | { readonly type: 'txn'; readonly request: TxnRequest }
  | { readonly type: 'lease-grant'; readonly id: LeaseId; readonly ttlSeconds: number }
  | {
      readonly type: 'lease-revoke';
      readonly id: LeaseId;
      /**
       * Nobody asked for it: the leader of this term saw the lease expire. In an entry of any other term it means nothing,
       * since another leader has given the lease its full time again.
       */
      readonly expiredInTerm?: number | undefined;
    }
  | { readonly type: 'compact'; readonly revision: Revision };

/** A refusal is an outcome like any other: every member comes to the same one. */
export interface CommandOutcome {
  readonly change?: Change | undefined;
  readonly error?: KvError | undefined;
  /** For a transaction applied with a header. */
  readonly response?: TxnResponse | undefined;
}

export function runCommand(space: Space, command: Command, header: Header | undefined): CommandOutcome {
  try {
    switch (command.type) {
      case 'txn':
        return runTxn(space, command.request, header);
      case 'lease-grant':
        return grantLease(space, command.id, command.ttlSeconds);
      case 'lease-revoke':
        return revokeLease(space, command.id);
      case 'compact':
        return compact(space, command.revision);
    }
  } catch (error) {
    if (error instanceof KvError) return { error };
    throw error;
  }
}

function grantLease(space: Space, id: LeaseId, ttlSeconds: number): CommandOutcome {
  if (space.leases.get(id)) throw new KvError('lease-exists', `Lease ${id} is already there. Choose another id.`);
  space.leases.add(id, ttlSeconds);
  return {};
}

function revokeLease(space: Space, id: LeaseId): CommandOutcome {
  const lease = space.leases.get(id);
  if (!lease) throw new KvError('lease-not-found', `Lease ${id} is not there. It expired or was never granted.`);
  const writer = createWriter(space);
  for (const text of [...lease.keys].sort()) {
    const entry = space.keys.get(text);
    if (entry) writer.remove(entry);
  }
  space.leases.remove(id);
  return { change: writer.finish() };
}

function compact(space: Space, revision: Revision): CommandOutcome {
  if (revision <= space.compactRevision)
    throw new KvError('compacted', `Revision ${revision} was compacted at ${space.compactRevision} already.`);
  checkReadRevision(space, revision);
  space.compactRevision = revision;
  return {};
}

/** One revision in the making. Reads of the same transaction see what is written so far. */
interface Writer {
  readonly revision: Revision;
  put(request: PutRequest): Version | undefined;
  remove(entry: KeyEntry): Version | undefined;
  finish(): Change | undefined;
}

function createWriter(space: Space): Writer {
  const revision = space.revision + 1;
  const events: KvEvent[] = [];
  const write = (version: Version): Version | undefined => {
    const before = insertVersion(space, version);
    events.push(eventOf(version, before));
    return before;
  };
  return {
    revision,
    put(request) {
      const present = newest(space, request.key);
      const value = request.ignoreValue ? (present?.value ?? emptyBytes) : owned(request.value);
      const fields: KeyValue = {
        key: present?.key ?? owned(request.key),
        value,
        createRevision: present?.createRevision ?? revision,
        modRevision: revision,
        version: (present?.version ?? 0) + 1,
        lease: request.ignoreLease ? (present?.lease ?? 0n) : (request.lease ?? 0n),
      };
      return write(new Version(fields, events.length));
    },
    remove(entry) {
      const present = entry.versions.at(-1);
      if (!present || present.version === 0) return undefined;
      return write(Version.tombstone(present.key, revision, events.length));
    },
    finish() {
      if (events.length === 0) return undefined;
      space.revision = revision;
      const change: Change = { revision, events };
      space.changes.push(change);
      return change;
    },
  };
}

/** A small piece of a large buffer would keep all of it alive for as long as the key lives. */
function owned(bytes: Bytes): Bytes {
  return bytes.buffer.byteLength > bytes.length * 2 + 64 ? bytes.slice() : bytes;
}

function newest(space: Space, key: Bytes): Version | undefined {
  const version = space.keys.get(keyText(key))?.versions.at(-1);
  return version && version.version > 0 ? version : undefined;
}

/** Which branch is taken at each level. All comparisons are made before anything is written, as etcd does. */
interface Path {
  readonly succeeded: boolean;
  readonly ops: readonly Op[];
  readonly children: readonly (Path | undefined)[] | undefined;
}

function runTxn(space: Space, request: TxnRequest, header: Header | undefined): CommandOutcome {
  const path = choosePath(space, request);
  checkPath(space, path);
  const writer = createWriter(space);
  const responses = runPath(space, path, writer, header);
  const change = writer.finish();
  if (!header) return { change };
  return { change, response: { ...responses, header: { ...header, revision: space.revision } } };
}

function choosePath(space: Space, request: TxnRequest): Path {
  const succeeded = (request.compare ?? []).every((compare) => holds(space, compare));
  const ops = (succeeded ? request.success : request.failure) ?? [];
  const nested = ops.some((op) => op.type === 'txn');
  const children = nested
    ? ops.map((op) => (op.type === 'txn' ? choosePath(space, op.request) : undefined))
    : undefined;
  return { succeeded, ops, children };
}

function liveEntries(space: Space, range: KeyRange): readonly KeyEntry[] {
  if (isSingleKey(range)) {
    const entry = space.keys.get(keyText(range.key));
    return entry && (entry.versions.at(-1)?.version ?? 0) > 0 ? [entry] : [];
  }
  const entries: KeyEntry[] = [];
  space.keys.visit(textRange(range), (entry) => {
    if ((entry.versions.at(-1)?.version ?? 0) > 0) entries.push(entry);
    return undefined;
  });
  return entries;
}

function holds(space: Space, compare: Compare): boolean {
  const entries = liveEntries(space, compare);
  if (entries.length > 0) return entries.every((entry) => holdsFor(compare, entry.versions.at(-1)));
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
function checkPath(space: Space, path: Path): void {
  for (const [index, op] of path.ops.entries()) {
    if (op.type === 'range') checkReadRevision(space, op.request.revision ?? 0);
    if (op.type === 'put') checkPut(space, op.request);
    const child = path.children?.[index];
    if (child) checkPath(space, child);
  }
}

function checkPut(space: Space, put: PutRequest): void {
  if ((put.ignoreValue || put.ignoreLease) && !newest(space, put.key))
    throw new KvError('key-not-found', 'The key whose value or lease is to be kept is not there. Put it whole.');
  if (put.lease && !space.leases.get(put.lease))
    throw new KvError('lease-not-found', `Lease ${put.lease} is not there. Grant a new one.`);
}

function runPath(space: Space, path: Path, writer: Writer, header: Header | undefined): TxnResponse {
  const responses: OpResponse[] = [];
  for (const [index, op] of path.ops.entries()) {
    const response = runOp(space, op, path.children?.[index], writer, header);
    if (response && header) responses.push(response);
  }
  return { header: header as Header, succeeded: path.succeeded, responses };
}

function runOp(
  space: Space,
  op: Op,
  child: Path | undefined,
  writer: Writer,
  header: Header | undefined,
): OpResponse | undefined {
  if (op.type === 'put') {
    const prevKv = writer.put(op.request);
    return { type: 'put', response: op.request.prevKv ? { prevKv } : {} };
  }
  if (op.type === 'delete-range') {
    const removed: KeyValue[] = [];
    for (const entry of liveEntries(space, op.request)) {
      const prevKv = writer.remove(entry);
      if (prevKv) removed.push(prevKv);
    }
    return { type: 'delete-range', response: { deleted: removed.length, prevKvs: op.request.prevKv ? removed : [] } };
  }
  if (op.type === 'txn') return { type: 'txn', response: runPath(space, child as Path, writer, header) };
  // Only who asked needs to know what was read.
  if (!header) return undefined;
  const revision = op.request.revision || writer.revision;
  return { type: 'range', response: readRange(space.keys, op.request, revision, header) };
}
