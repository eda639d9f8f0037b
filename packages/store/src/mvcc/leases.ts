import type { LeaseId } from '@trireme/ports';

/** The replicated part of a lease. When it ends is the leader's business; that it ended is a command. */
export interface Lease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  /** Texts of the keys attached. */
  readonly keys: Set<string>;
}

export interface Leases {
  get(id: LeaseId): Lease | undefined;
  all(): Iterable<Lease>;
  add(id: LeaseId, ttlSeconds: number): void;
  remove(id: LeaseId): void;
  /** Moves a key from one lease to another; 0n is none. */
  move(text: string, from: LeaseId, to: LeaseId): void;
}

export function createLeases(): Leases {
  const leases = new Map<LeaseId, Lease>();
  return {
    get: (id) => leases.get(id),
    all: () => leases.values(),
    add: (id, ttlSeconds) => void leases.set(id, { id, ttlSeconds, keys: new Set() }),
    remove: (id) => void leases.delete(id),
    move(text, from, to) {
      if (from === to) return;
      if (from !== 0n) leases.get(from)?.keys.delete(text);
      if (to !== 0n) leases.get(to)?.keys.add(text);
    },
  };
}
