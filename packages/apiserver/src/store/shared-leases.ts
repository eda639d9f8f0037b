import type { Kv, LeaseId, Time } from '@trireme/ports';

/** Leases for objects that go by themselves (events), one for all that are written within a while. */
export interface SharedLeases {
  leaseFor(ttlSeconds: number): Promise<LeaseId>;
}

/** A lease lives this much longer than asked, and takes new objects for as long. */
const slack = 0.05;
const maxObjects = 1000;

interface Current {
  readonly lease: Promise<LeaseId>;
  readonly untilMs: number;
  objects: number;
}

export function createSharedLeases(kv: Kv, time: Time): SharedLeases {
  const current = new Map<number, Current>();
  const grant = (ttlSeconds: number): Current => {
    const lease = kv.leaseGrant({ ttlSeconds: Math.ceil(ttlSeconds * (1 + slack)) }).then(({ id }) => id);
    const made = { lease, untilMs: time.monotonic() + ttlSeconds * slack * 1000, objects: 0 };
    current.set(ttlSeconds, made);
    lease.catch(() => {
      if (current.get(ttlSeconds) === made) current.delete(ttlSeconds);
    });
    return made;
  };
  return {
    async leaseFor(ttlSeconds) {
      const known = current.get(ttlSeconds);
      const usable = known && known.untilMs > time.monotonic() && known.objects < maxObjects;
      const chosen = usable ? known : grant(ttlSeconds);
      chosen.objects++;
      return await chosen.lease;
    },
  };
}
