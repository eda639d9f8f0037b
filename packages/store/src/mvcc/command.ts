import { compareBytes, emptyBytes } from '@trireme/base';
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
  type Revision,
  type TxnRequest,
  type TxnResponse,
} from '@trireme/ports';
import { DamagedValueError } from './damaged-value.ts';
import { type KeyEntry, keyBytes } from './key-table.ts';
import { isSingleKey, keyText, textRange } from './key-text.ts';
import { readRange } from './range.ts';
import type { VersionFields } from './record.ts';
import { checkReadRevision, insertVersion, keyValue, liveVersion, type Space, valueView } from './space.ts';

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
  | { readonly type: 'compact'; readonly revision: Revision }
  /** The leader's clock, beside the revision at which this is applied. Marks older than `keepMs` may go. */
  | { readonly type: 'mark'; readonly unixMs: number; readonly keepMs: number };

/** A refusal is an outcome like any other: every member comes to the same one. */
export interface CommandOutcome {
  /** The revision that it made. */
  readonly change?: Revision | undefined;
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
      case 'mark':
        space.marks.add(space.revision, command.unixMs, command.keepMs);
        return {};
    }
  } catch (error) {
    // What this member's disk has lost is no outcome: the others, whose disks have not, would come to another one.
    if (error instanceof KvError && !(error instanceof DamagedValueError)) return { error };
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
  const writer = new Writer(space);
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
class Writer {
  readonly revision: Revision;
  readonly #space: Space;
  #sub = 0;

  constructor(space: Space) {
    this.#space = space;
    this.revision = space.revision + 1;
  }

  /** Returns the version before, if that was alive; else 0. */
  put(request: PutRequest): number {
    const space = this.#space;
    const text = keyText(request.key);
    const entry = space.keys.get(text);
    const present = liveVersion(space, entry);
    const { versions } = space;
    this.#write(text, entry, {
      key: request.key,
      value: request.ignoreValue ? (present === 0 ? emptyBytes : valueView(space, present)) : request.value,
      createRevision: present === 0 ? this.revision : versions.create(present),
      modRevision: this.revision,
      version: present === 0 ? 1 : versions.version(present) + 1,
      lease: request.ignoreLease ? (present === 0 ? 0n : versions.lease(present)) : (request.lease ?? 0n),
      sub: this.#sub,
    });
    return present;
  }

  /** The same for a deletion, which does nothing where nothing is alive. */
  remove(entry: KeyEntry): number {
    const present = liveVersion(this.#space, entry);
    if (present === 0) return 0;
    const dead = { value: emptyBytes, createRevision: 0, version: 0, lease: 0n };
    const fields = { ...dead, key: keyBytes(entry.text), modRevision: this.revision, sub: this.#sub };
    this.#write(entry.text, entry, fields);
    return present;
  }

  finish(): Revision | undefined {
    if (this.#sub === 0) return undefined;
    this.#space.revision = this.revision;
    return this.revision;
  }

  #write(text: string, entry: KeyEntry | undefined, fields: VersionFields): void {
    const space = this.#space;
    if (this.#sub === 0) space.changes.begin(this.revision);
    this.#sub += 1;
    space.changes.add(insertVersion(space, text, entry, fields));
  }
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
  const writer = new Writer(space);
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
    return entry && liveVersion(space, entry) !== 0 ? [entry] : [];
  }
  const entries: KeyEntry[] = [];
  space.keys.visit(textRange(range), (entry) => {
    if (liveVersion(space, entry) !== 0) entries.push(entry);
    return undefined;
  });
  return entries;
}

function holds(space: Space, compare: Compare): boolean {
  const entries = liveEntries(space, compare);
  if (entries.length > 0) return entries.every((entry) => holdsFor(space, compare, entry.newest));
  // A key that is not there has no value to compare; its numbers are all zero.
  return compare.target !== 'value' && holdsFor(space, compare, 0);
}

/** `id` 0: there is no such key. */
function holdsFor(space: Space, compare: Compare, id: number): boolean {
  const order = orderOf(space, compare, id);
  if (compare.result === 'equal') return order === 0;
  if (compare.result === 'not-equal') return order !== 0;
  return compare.result === 'greater' ? order > 0 : order < 0;
}

function orderOf(space: Space, compare: Compare, id: number): number {
  const { versions } = space;
  switch (compare.target) {
    case 'value':
      return compareBytes(id === 0 ? emptyBytes : valueView(space, id), compare.value);
    case 'lease': {
      const lease = id === 0 ? 0n : versions.lease(id);
      return lease === compare.value ? 0 : lease > compare.value ? 1 : -1;
    }
    case 'version':
      return (id === 0 ? 0 : versions.version(id)) - compare.value;
    case 'create':
      return (id === 0 ? 0 : versions.create(id)) - compare.value;
    case 'mod':
      return (id === 0 ? 0 : versions.mod(id)) - compare.value;
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
  if ((put.ignoreValue || put.ignoreLease) && liveVersion(space, space.keys.get(keyText(put.key))) === 0)
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
  // Only who asked needs to know what was there, or what was read.
  if (op.type === 'put') {
    const before = writer.put(op.request);
    if (!header) return undefined;
    const prevKv = op.request.prevKv && before !== 0 ? keyValue(space, before, true) : undefined;
    return { type: 'put', response: op.request.prevKv ? { prevKv } : {} };
  }
  if (op.type === 'delete-range') {
    const removed: number[] = [];
    for (const entry of liveEntries(space, op.request)) {
      const before = writer.remove(entry);
      if (before !== 0) removed.push(before);
    }
    if (!header) return undefined;
    const prevKvs: KeyValue[] = op.request.prevKv ? removed.map((id) => keyValue(space, id, false)) : [];
    return { type: 'delete-range', response: { deleted: removed.length, prevKvs } };
  }
  if (op.type === 'txn') return { type: 'txn', response: runPath(space, child as Path, writer, header) };
  if (!header) return undefined;
  const revision = op.request.revision || writer.revision;
  return { type: 'range', response: readRange(space, op.request, revision, header) };
}
