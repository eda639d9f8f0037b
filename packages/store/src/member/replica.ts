import { type Header, KvError, type Revision } from '@trireme/ports';
import { type CommandOutcome, DamagedValueError, type KeySpace } from '../mvcc/index.ts';
import type { Configuration, Entry } from '../raft/index.ts';
import { type Alarms, createAlarms, type RaisedAlarm } from './alarms.ts';
import { createMemberBook, type MemberBook, type MemberBookMeta } from './member-book.ts';
import { alarmError, takesSpace } from './quota.ts';
import { decodeRequests, type Request } from './request-codec.ts';

/** What every member must agree on beside the key space. */
export interface ReplicaMeta extends MemberBookMeta {
  readonly clusterId: bigint;
  readonly index: number;
  readonly term: number;
  readonly config: Configuration;
  readonly alarms?: readonly RaisedAlarm[] | undefined;
  /** Which requests were applied: [origin, incarnation, floor, sequences above the floor]. */
  readonly sessions: readonly (readonly [number, number, number, readonly number[]])[];
}

interface Session {
  readonly incarnation: number;
  floor: number;
  readonly done: Set<number>;
}

/** What a request came to, told on the member that asked. `repeated`: it was applied before. */
export type Applied = (request: Request, outcome: CommandOutcome | 'repeated') => void;

/**
 * The replicated state: what applying the log makes. It depends on nothing but the entries, so that members that applied
 * the same ones are equal.
 */
export interface Replica {
  readonly space: KeySpace;
  readonly index: number;
  readonly term: number;
  /** Bytes of all entries applied in this life. */
  readonly appliedBytes: number;
  readonly book: MemberBook;
  readonly alarms: Alarms;
  /**
   * An entry could not be applied, for what it needs is damaged here. This is no state of the store any more: it applies
   * nothing, and must not be stored or served, until another one takes its place.
   */
  readonly isHalted: boolean;
  apply(entry: Entry): void;
  /** `config`: as of the same index. */
  meta(config: Configuration): ReplicaMeta;
  /** Becomes another member's state. */
  replace(meta: ReplicaMeta, space: KeySpace): void;
}

export interface ReplicaHooks {
  /** This member's requests get full responses, under this header. */
  readonly header: () => Header;
  readonly isOwn: (request: Request) => boolean;
  readonly applied: Applied;
  readonly changed: (revision: Revision) => void;
  /** A command other than a transaction took effect: leases and compaction have followers outside the key space. */
  readonly commanded: (request: Request) => void;
  /** There are others to take the state from. If not, the error is for the host. */
  readonly mayHalt: () => boolean;
  readonly halted: () => void;
}

/** `isLost`: `from` is not the state that belongs to `meta`, which must come from another member. */
export function createReplica(meta: ReplicaMeta, from: KeySpace, hooks: ReplicaHooks, isLost = false): Replica {
  let space = from;
  let { index, term } = meta;
  let appliedBytes = 0;
  let book = createMemberBook(meta);
  let alarms = createAlarms(meta.alarms);
  let sessions = readSessions(meta);
  let isHalted = isLost;

  /** False where the request was applied before, or its origin gave it up or is no member any more. */
  const isNew = (request: Request): boolean => {
    const { origin, incarnation, sequence, floor } = request;
    // What a removed member had sent is not known any more, so what it sends again cannot be told from what is new.
    if (!book.members.has(origin)) return false;
    let session = sessions.get(origin);
    if (!session || incarnation > session.incarnation) {
      session = { incarnation, floor: 0, done: new Set() };
      sessions.set(origin, session);
    }
    if (incarnation < session.incarnation || sequence <= session.floor || session.done.has(sequence)) return false;
    session.done.add(sequence);
    if (floor > session.floor) {
      session.floor = floor;
      for (const done of session.done) if (done <= floor) session.done.delete(done);
    }
    return true;
  };

  /** An expiry that another leader saw, before this one gave the lease its full time again. */
  const isStale = ({ command }: Request, entryTerm: number): boolean =>
    command.type === 'lease-revoke' && command.expiredInTerm !== undefined && command.expiredInTerm !== entryTerm;

  const run = (request: Request): CommandOutcome => {
    const { command } = request;
    if (command.type === 'alarm') {
      alarms.apply(command);
      return {};
    }
    if (alarms.find('no-space') && takesSpace(command)) return { error: alarmError() };
    return space.apply(command, hooks.isOwn(request) ? hooks.header() : undefined);
  };

  const applyRequest = (request: Request, entryTerm: number): void => {
    if (!isNew(request)) {
      hooks.applied(request, 'repeated');
      return;
    }
    if (isStale(request, entryTerm)) {
      hooks.applied(request, { error: new KvError('unavailable', 'Leadership changed before the lease was revoked.') });
      return;
    }
    const outcome = run(request);
    if (outcome.change !== undefined) hooks.changed(outcome.change);
    if (request.command.type !== 'txn' && !outcome.error) hooks.commanded(request);
    hooks.applied(request, outcome);
  };

  const applyConfig = (entry: Entry & { readonly kind: 'config' }): void => {
    book.apply(entry.change, entry.data);
    for (const { type, id } of entry.change.changes) {
      if (type !== 'remove') continue;
      sessions.delete(id);
      alarms.forget(BigInt(id));
    }
  };

  return {
    get space() {
      return space;
    },
    get index() {
      return index;
    },
    get term() {
      return term;
    },
    get book() {
      return book;
    },
    get alarms() {
      return alarms;
    },
    get isHalted() {
      return isHalted;
    },
    get appliedBytes() {
      return appliedBytes;
    },
    apply(entry) {
      if (isHalted) return;
      const before = { index, term };
      appliedBytes += entry.data.length;
      index = entry.index;
      term = entry.term;
      try {
        if (entry.kind === 'config') applyConfig(entry);
        else if (entry.data.length > 0)
          for (const request of decodeRequests(entry.data)) applyRequest(request, entry.term);
      } catch (error) {
        if (!(error instanceof DamagedValueError) || !hooks.mayHalt()) throw error;
        isHalted = true;
        ({ index, term } = before);
        hooks.halted();
      }
    },
    meta: (config) => ({
      clusterId: meta.clusterId,
      index,
      term,
      config,
      ...book.meta(),
      alarms: alarms.all(),
      sessions: Array.from(sessions, ([origin, session]) => [
        origin,
        session.incarnation,
        session.floor,
        [...session.done],
      ]),
    }),
    replace(next, nextSpace) {
      ({ index, term } = next);
      book = createMemberBook(next);
      alarms = createAlarms(next.alarms);
      sessions = readSessions(next);
      space = nextSpace;
      isHalted = false;
    },
  };
}

function readSessions(meta: ReplicaMeta): Map<number, Session> {
  return new Map(
    meta.sessions.map(([origin, incarnation, floor, done]) => [origin, { incarnation, floor, done: new Set(done) }]),
  );
}
