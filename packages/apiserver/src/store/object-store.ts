import { statusErrors } from '@trireme/api-machinery';
import { equalBytes, utf8 } from '@trireme/base';
import { type Compare, type KeyValue, type Kv, KvError, type Op, type Time } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import { objectKey, type StorageRef } from './keys.ts';
import type { ObjectFeed } from './object-feed.ts';
import { createSharedLeases, type SharedLeases } from './shared-leases.ts';
import { encodeForStore, StoredObject } from './stored-object.ts';

/** What to do with the object that is there now, or with its absence. */
export type Decision =
  | { readonly type: 'put'; readonly object: ApiObject; readonly also?: AlsoWrite | undefined }
  | { readonly type: 'remove'; readonly also?: AlsoWrite | undefined }
  | { readonly type: 'keep' };

/** Further keys that change in the same transaction: the reservation of an address with the Service that uses it. */
export interface AlsoWrite {
  readonly compare: readonly Compare[];
  readonly ops: readonly Op[];
  /** Called when `compare` did not hold, before the decision is asked for again. Throws where that is an error. */
  refused(): Promise<void>;
}

export interface Written {
  readonly before: StoredObject | undefined;
  /** The object as it is now: for a removal its last state at the removal's revision. */
  readonly after: StoredObject | undefined;
}

export interface ObjectStore {
  readonly feed: ObjectFeed;
  /** Linearizable. */
  read(ref: StorageRef, namespace: string | undefined, name: string): Promise<StoredObject | undefined>;
  /** As this server knows it, possibly a moment old. */
  cached(ref: StorageRef, namespace: string | undefined, name: string): StoredObject | undefined;
  /**
   * Asks `decide` what to do and does it, if the object is still the one that was decided about; else asks again. The first
   * decision may be made on the cached object; what it throws then is only believed about the newest one.
   */
  write(target: WriteTarget, decide: (current: StoredObject | undefined) => Promise<Decision>): Promise<Written>;
}

export interface WriteTarget {
  readonly ref: StorageRef;
  readonly namespace: string | undefined;
  readonly name: string;
  /** Decide, and say what would come out, but write nothing. */
  readonly dryRun?: boolean | undefined;
  /** The object goes by itself after so long without a write. */
  readonly ttlSeconds?: number | undefined;
}

const maxAttempts = 40;

export function createObjectStore(kv: Kv, feed: ObjectFeed, time: Time): ObjectStore {
  const leases = createSharedLeases(kv, time);
  const fetch = async (key: string): Promise<StoredObject | undefined> => {
    const { kvs } = await kv.range({ key: utf8(key) });
    return kvs[0] && knownOr(feed, key, kvs[0]);
  };

  const write: ObjectStore['write'] = async (target, decide) => {
    const key = objectKey(target.ref, target.namespace, target.name);
    let current = feed.cache(target.ref).get(key);
    let fresh = false;
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      let decision: Decision;
      try {
        decision = await decide(current);
      } catch (error) {
        if (fresh) throw error;
        const newest = await fetch(key);
        fresh = true;
        if (newest?.revision === current?.revision) throw error;
        current = newest;
        continue;
      }
      // That nothing changes is only known once the object is known to be the newest.
      const value = decision.type === 'put' ? encodeForStore(decision.object) : undefined;
      if (!fresh && changesNothing(decision, current, value)) {
        const newest = await fetch(key);
        fresh = true;
        if (newest?.revision !== current?.revision) {
          current = newest;
          continue;
        }
      }
      const outcome = await carryOut({ kv, key, current, decision, value, target, leases });
      if (outcome.done) return { before: current, after: outcome.after };
      if (outcome.newest?.modRevision === current?.revision && 'also' in decision) await decision.also?.refused();
      current = outcome.newest && knownOr(feed, key, outcome.newest);
      fresh = true;
    }
    throw statusErrors.conflict(target.ref, target.name, 'the object is being changed too often; please try again');
  };

  return {
    feed,
    read: (ref, namespace, name) => fetch(objectKey(ref, namespace, name)),
    cached: (ref, namespace, name) => feed.cache(ref).get(objectKey(ref, namespace, name)),
    write,
  };
}

/** The cache's own copy where it has this revision, so that its decoded and encoded forms are shared. */
function knownOr(feed: ObjectFeed, key: string, kv: KeyValue): StoredObject {
  const [, , group = '', resource = ''] = key.split('/');
  const known = feed.cache({ group: group === 'core' ? '' : group, resource }).get(key);
  return known?.revision === kv.modRevision ? known : new StoredObject(key, kv.modRevision, kv.value);
}

type Outcome =
  | { readonly done: true; readonly after: StoredObject | undefined }
  | { readonly done: false; readonly newest: KeyValue | undefined };

interface Attempt {
  readonly kv: Kv;
  readonly key: string;
  readonly current: StoredObject | undefined;
  readonly decision: Decision;
  /** What a put would store. */
  readonly value: Uint8Array | undefined;
  readonly target: WriteTarget;
  readonly leases: SharedLeases;
}

async function carryOut({ kv, key, current, decision, value, target, leases }: Attempt): Promise<Outcome> {
  if (changesNothing(decision, current, value)) return { done: true, after: current };
  if (decision.type === 'put' && value) {
    if (target.dryRun) return { done: true, after: new StoredObject(key, current?.revision ?? 0, value) };
    const { ttlSeconds } = target;
    const lease = ttlSeconds === undefined ? {} : { lease: await leases.leaseFor(ttlSeconds) };
    const request = { key: utf8(key), value, ...lease };
    const answer = await guarded(kv, key, current, decision.also, { type: 'put', request });
    if (!answer.succeeded) return { done: false, newest: answer.newest };
    return { done: true, after: new StoredObject(key, answer.revision, value) };
  }
  if (decision.type !== 'remove' || target.dryRun || !current) return { done: true, after: current };
  const remove: Op = { type: 'delete-range', request: { key: utf8(key) } };
  const answer = await guarded(kv, key, current, decision.also, remove);
  if (!answer.succeeded) return { done: false, newest: answer.newest };
  return { done: true, after: current.at(answer.revision) };
}

function changesNothing(decision: Decision, current: StoredObject | undefined, value: Uint8Array | undefined): boolean {
  if (decision.type === 'keep') return true;
  if (decision.type === 'remove') return current === undefined;
  return current !== undefined && value !== undefined && !decision.also && equalBytes(value, current.raw);
}

async function guarded(
  kv: Kv,
  key: string,
  current: StoredObject | undefined,
  also: AlsoWrite | undefined,
  op: Op,
): Promise<{ readonly succeeded: boolean; readonly revision: number; readonly newest: KeyValue | undefined }> {
  const bytes = utf8(key);
  const guard: Compare = { key: bytes, target: 'mod', result: 'equal', value: current?.revision ?? 0 };
  const answer = await kv.txn({
    compare: [guard, ...(also?.compare ?? [])],
    success: [op, ...(also?.ops ?? [])],
    failure: [{ type: 'range', request: { key: bytes } }],
  });
  const first = answer.responses[0];
  const newest = !answer.succeeded && first?.type === 'range' ? first.response.kvs[0] : undefined;
  return { succeeded: answer.succeeded, revision: answer.header.revision, newest };
}

/** The Status for a failure of the store. Undefined where `error` is no KvError. */
export function statusOfKvError(error: unknown): Error | undefined {
  if (!(error instanceof KvError)) return undefined;
  switch (error.code) {
    case 'compacted':
      return statusErrors.listExpired();
    case 'future-revision':
      return statusErrors.badRequest('the requested resourceVersion is newer than the newest one');
    case 'request-too-large':
    case 'too-many-operations':
      return statusErrors.requestEntityTooLarge('the object is larger than the store accepts');
    case 'no-space':
      return statusErrors.internalError('the store is out of space; writes are refused until there is room again');
    case 'too-many-requests':
      return statusErrors.tooManyRequests('the store is overloaded, please try again later', 1);
    case 'unavailable':
    case 'cancelled':
    case 'stopped':
      return statusErrors.serviceUnavailable('the store is not available, please try again');
    default:
      return undefined;
  }
}
