import type { Clock, LeaseId } from '@trireme/ports';
import type { Lease } from '../mvcc/index.ts';

/**
 * When leases end, as the leader sees it. That is the one part of a lease that is not replicated: a new leader gives
 * every lease its full time again, so that no holder loses its lease to an election.
 */
export interface LeaseClock {
  start(leases: Iterable<Lease>): void;
  stop(): void;
  granted(id: LeaseId, ttlSeconds: number): void;
  revoked(id: LeaseId): void;
  renew(lease: Lease): void;
  /** Seconds left, rounded down. */
  remaining(lease: Lease): number;
  /** Those that have ended. Each is told again until it is revoked. */
  expired(): readonly LeaseId[];
}

export function createLeaseClock(clock: Pick<Clock, 'monotonic'>): LeaseClock {
  const dueMs = new Map<LeaseId, number>();
  const set = (id: LeaseId, ttlSeconds: number): void => void dueMs.set(id, clock.monotonic() + ttlSeconds * 1000);
  return {
    start(leases) {
      dueMs.clear();
      for (const { id, ttlSeconds } of leases) set(id, ttlSeconds);
    },
    stop: () => dueMs.clear(),
    granted: set,
    revoked: (id) => void dueMs.delete(id),
    renew: ({ id, ttlSeconds }) => set(id, ttlSeconds),
    remaining: ({ id, ttlSeconds }) => {
      const due = dueMs.get(id);
      return due === undefined ? ttlSeconds : Math.max(0, Math.floor((due - clock.monotonic()) / 1000));
    },
    expired() {
      const now = clock.monotonic();
      const ended: LeaseId[] = [];
      for (const [id, due] of dueMs) if (due <= now) ended.push(id);
      return ended;
    },
  };
}
