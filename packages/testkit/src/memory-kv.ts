import type { Bytes } from '@trireme/base';
import { type CallOptions, type Header, type Kv, KvError, type LeaseId, type Time, type Timer } from '@trireme/ports';
import { createMemoryLeases } from './memory-kv-leases.ts';
import { type Change, createMemorySpace } from './memory-kv-space.ts';
import {
  checkPath,
  checkRevision,
  checkTxnShape,
  choosePath,
  readRange,
  requireKey,
  runPath,
} from './memory-kv-txn.ts';
import { createMemoryWatch, type MemoryWatch } from './memory-kv-watch.ts';

export interface MemoryKv extends Kv {
  /** Stops its timers and ends its watches. */
  close(): void;
}

export interface MemoryKvOptions {
  readonly clusterId?: bigint;
  readonly memberId?: bigint;
  /** Idle watches that asked for it get a `progress` this often. */
  readonly progressIntervalMs?: number;
}

/**
 * A whole `Kv` in memory, with etcd v3's semantics. Every call takes effect at once, inside the call; answers come in
 * the next microtask. It is the store of tests that are not about the store, and the oracle of those that are.
 */
export function createMemoryKv(deps: { readonly time: Time }, options: MemoryKvOptions = {}): MemoryKv {
  const { clusterId = 1n, memberId = 1n, progressIntervalMs = 600_000 } = options;
  const { time } = deps;
  const space = createMemorySpace();
  const watches = new Set<MemoryWatch>();
  const header = (revision = space.revision): Header => ({ clusterId, memberId, revision, raftTerm: 1 });

  const publish = (change: Change | undefined): void => {
    if (!change) return;
    leases.follow(change);
    for (const watch of [...watches]) watch.wake(change);
  };
  const revoke = (id: LeaseId): void => {
    const keys: readonly Bytes[] = leases.remove(id);
    publish(
      space.change((writer) => {
        for (const key of keys) writer.deleteRange({ key });
      }).change,
    );
  };
  const leases = createMemoryLeases(time, revoke);
  let progress: Timer | undefined;
  const everyIdle = (): void => {
    progress = time.after(progressIntervalMs, everyIdle);
    for (const watch of [...watches]) watch.idle();
  };

  const kv: Kv = {
    async range(request, callOptions) {
      checkSignal(callOptions);
      requireKey(request.key);
      checkRevision(space, request.revision ?? 0);
      return readRange(space, request, header(), space.revision);
    },
    async txn(request, callOptions) {
      checkSignal(callOptions);
      checkTxnShape(request);
      const path = choosePath(space, request);
      checkPath(space, path, (id) => leases.has(id));
      const { result, change } = space.change((writer) => runPath(space, path, writer, header()));
      publish(change);
      return { ...result, header: header() };
    },
    watch(request) {
      const watch = createMemoryWatch(space, request, () => watches.delete(watch));
      watches.add(watch);
      if (request.progressNotify) progress ??= time.after(progressIntervalMs, everyIdle);
      return watch.stream;
    },
    async leaseGrant({ ttlSeconds, id }, callOptions) {
      checkSignal(callOptions);
      return leases.grant(ttlSeconds, id);
    },
    async leaseRevoke(id, callOptions) {
      checkSignal(callOptions);
      revoke(id);
    },
    async leaseKeepAlive(id, callOptions) {
      checkSignal(callOptions);
      return leases.keepAlive(id);
    },
    async leaseTimeToLive(id, callOptions) {
      checkSignal(callOptions);
      return leases.timeToLive(id, callOptions?.keys ?? false);
    },
    async leases(callOptions) {
      checkSignal(callOptions);
      return leases.ids();
    },
    async compact(revision, callOptions) {
      checkSignal(callOptions);
      if (revision <= space.compactRevision)
        throw new KvError('compacted', `Revision ${revision} was compacted at ${space.compactRevision} already.`);
      checkRevision(space, revision);
      space.compact(revision);
      for (const watch of [...watches]) watch.wake();
    },
    async status(callOptions) {
      checkSignal(callOptions);
      return {
        header: header(),
        leaderId: memberId,
        raftIndex: space.revision,
        raftAppliedIndex: space.revision,
        dbSizeBytes: space.sizeBytes,
        compactRevision: space.compactRevision,
        isLearner: false,
      };
    },
  };
  return {
    ...kv,
    close() {
      progress?.cancel();
      leases.close();
      for (const watch of [...watches]) watch.stream.cancel();
    },
  };
}

function checkSignal(options: CallOptions | undefined): void {
  if (options?.signal?.aborted) throw new KvError('cancelled', 'The caller gave up before the store was asked.');
}
