import type { LeaseId } from '@trireme/ports';
import type { World } from '../world/world.ts';

interface Lease {
  readonly ttlSeconds: number;
  /** No clock of any leader can have reached the end before this. */
  notBeforeMs: number;
  /** Some client asked for its end. */
  revoked: boolean;
  ended: boolean;
}

/**
 * What holders were promised: from the call that granted or renewed a lease its whole time must pass before it ends,
 * by the fastest clock there is, unless somebody revokes it.
 */
export interface LeaseBook {
  /** Leases that nobody has seen end. */
  readonly live: number;
  granted(id: LeaseId, ttlSeconds: number, calledMs: number): void;
  renewed(id: LeaseId, calledMs: number): void;
  revoking(id: LeaseId): void;
  /** Somebody saw that it is over. */
  seenEnded(id: LeaseId, by: string): void;
  /** A key of this lease was deleted. */
  keyDeleted(id: LeaseId, by: string): void;
  readonly ids: readonly LeaseId[];
}

/** Times are compared in floating point, and clocks are read in whole turns. */
const slackMs = 0.01;

export function createLeaseBook(world: World): LeaseBook {
  const leases = new Map<LeaseId, Lease>();
  const fastest = Math.max(...world.plan.clockRates);
  const promise = (ttlSeconds: number, calledMs: number): number => calledMs + (ttlSeconds * 1000) / fastest - slackMs;
  const end = (id: LeaseId, by: string): void => {
    const lease = leases.get(id);
    if (!lease) return;
    const nowMs = world.loop.monotonic();
    if (!lease.revoked && nowMs < lease.notBeforeMs)
      world.fail(
        'leases',
        `lease ${id} of ${lease.ttlSeconds} s was promised until ${lease.notBeforeMs.toFixed(1)} ms, and had ended at ` +
          `${nowMs.toFixed(1)} ms, as ${by} shows`,
      );
    lease.ended = true;
  };
  return {
    get live() {
      let live = 0;
      for (const { ended } of leases.values()) if (!ended) live += 1;
      return live;
    },
    get ids() {
      return [...leases.keys()];
    },
    granted: (id, ttlSeconds, calledMs) =>
      void leases.set(id, { ttlSeconds, notBeforeMs: promise(ttlSeconds, calledMs), revoked: false, ended: false }),
    renewed(id, calledMs) {
      const lease = leases.get(id);
      if (!lease) return;
      if (lease.ended && !lease.revoked) {
        const until = promise(lease.ttlSeconds, calledMs);
        if (until > world.loop.monotonic()) world.fail('leases', `lease ${id} was renewed after it had ended`);
      }
      lease.notBeforeMs = Math.max(lease.notBeforeMs, promise(lease.ttlSeconds, calledMs));
    },
    revoking(id) {
      const lease = leases.get(id);
      if (lease) lease.revoked = true;
    },
    seenEnded: end,
    keyDeleted: end,
  };
}
