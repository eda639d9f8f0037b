import { type Bytes, compareBytes } from '@trireme/base';
import { KvError, type LeaseId, type LeaseStatus, type Time, type Timer } from '@trireme/ports';
import type { Change } from './memory-kv-space.ts';

const maxTtlSeconds = 9_000_000_000;
/** As etcd's default: one and a half election timeouts, in whole seconds. */
const minTtlSeconds = 2;

interface Lease {
  readonly id: LeaseId;
  readonly grantedTtlSeconds: number;
  readonly keys: Map<string, Bytes>;
  dueMs: number;
  timer: Timer;
}

/** Leases and the keys on them; `expire` is called when one has run out and must be revoked. */
export interface MemoryLeases {
  has(id: LeaseId): boolean;
  ids(): readonly LeaseId[];
  grant(ttlSeconds: number, id: LeaseId | undefined): LeaseStatus;
  keepAlive(id: LeaseId): LeaseStatus;
  timeToLive(id: LeaseId, withKeys: boolean): LeaseStatus;
  /** Forgets the lease and tells which keys were on it. */
  remove(id: LeaseId): readonly Bytes[];
  /** Attaches and detaches the keys of a change. */
  follow(change: Change): void;
  close(): void;
}

export function createMemoryLeases(time: Time, expire: (id: LeaseId) => void): MemoryLeases {
  const leases = new Map<LeaseId, Lease>();
  let lastId = 0x7000_0000_0000_0000n;

  const get = (id: LeaseId): Lease => {
    const lease = leases.get(id);
    if (!lease) throw new KvError('lease-not-found', `Lease ${id} is not there. It expired or was never granted.`);
    return lease;
  };
  const start = (id: LeaseId, ttlSeconds: number): Timer => time.after(ttlSeconds * 1000, () => expire(id));
  const statusOf = (lease: Lease): LeaseStatus => ({
    id: lease.id,
    grantedTtlSeconds: lease.grantedTtlSeconds,
    ttlSeconds: Math.max(0, Math.floor((lease.dueMs - time.monotonic()) / 1000)),
  });

  return {
    has: (id) => leases.has(id),
    ids: () => [...leases.keys()],
    grant(ttlSeconds, wantedId) {
      if (ttlSeconds > maxTtlSeconds)
        throw new KvError('lease-ttl-too-large', `A lease of ${ttlSeconds} s is too long: at most ${maxTtlSeconds}.`);
      const id = wantedId || ++lastId;
      if (leases.has(id)) throw new KvError('lease-exists', `Lease ${id} is already there. Choose another id.`);
      const granted = Math.max(minTtlSeconds, ttlSeconds);
      const dueMs = time.monotonic() + granted * 1000;
      const lease = { id, grantedTtlSeconds: granted, keys: new Map(), dueMs, timer: start(id, granted) };
      leases.set(id, lease);
      return statusOf(lease);
    },
    keepAlive(id) {
      const lease = get(id);
      lease.timer.cancel();
      lease.timer = start(id, lease.grantedTtlSeconds);
      lease.dueMs = time.monotonic() + lease.grantedTtlSeconds * 1000;
      return statusOf(lease);
    },
    timeToLive(id, withKeys) {
      const lease = leases.get(id);
      if (!lease) return { id, grantedTtlSeconds: 0, ttlSeconds: -1 };
      return withKeys ? { ...statusOf(lease), keys: [...lease.keys.values()].sort(compareBytes) } : statusOf(lease);
    },
    remove(id) {
      const lease = get(id);
      lease.timer.cancel();
      leases.delete(id);
      return [...lease.keys.values()].sort(compareBytes);
    },
    follow(change) {
      for (const { kv, prevKv } of change.events) {
        const name = kv.key.join();
        if (prevKv && prevKv.lease !== kv.lease) leases.get(prevKv.lease)?.keys.delete(name);
        if (kv.lease !== 0n) leases.get(kv.lease)?.keys.set(name, kv.key);
      }
    },
    close() {
      for (const lease of leases.values()) lease.timer.cancel();
    },
  };
}
