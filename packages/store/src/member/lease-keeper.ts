import { KvError, type LeaseId, type Logger, type Time } from '@trireme/ports';
import type { LogCommand } from './alarms.ts';
import { createLeaseClock } from './lease-clock.ts';
import type { Replica } from './replica.ts';

export interface LeaseKeeperDeps {
  readonly time: Time;
  readonly logger: Logger;
  readonly replica: Replica;
  readonly revoke: (id: LeaseId) => Promise<unknown>;
  /** Resolves when this member is known to have led after the call, and has applied all that was acknowledged before. */
  readonly barrier: () => Promise<void>;
}

/** The leader's side of leases: it knows when they end, renews them, and proposes that those that ended be revoked. */
export interface LeaseKeeper {
  setLeading(leads: boolean): void;
  commanded(command: LogCommand): void;
  renew(body: unknown): Promise<unknown>;
  remaining(body: unknown): Promise<unknown>;
  tick(): void;
}

export function createLeaseKeeper({ time, logger, replica, revoke, barrier }: LeaseKeeperDeps): LeaseKeeper {
  const clock = createLeaseClock(time);
  const revoking = new Set<LeaseId>();
  let leads = false;

  const read = (body: unknown): { readonly id: LeaseId; readonly keys: boolean } => {
    const { id, keys } = body as { id: bigint | number; keys?: boolean };
    return { id: BigInt(id), keys: keys ?? false };
  };
  /**
   * A leader that was deposed and does not know it would renew what its successor lets expire, and a new one does not
   * know yet what its predecessors had granted: neither may answer.
   */
  const confirmLead = async (): Promise<void> => {
    await barrier();
    if (!leads) throw new KvError('unavailable', 'This member does not lead any more. Ask again.');
  };
  const expire = (id: LeaseId): void => {
    revoking.add(id);
    const done = (): void => void revoking.delete(id);
    revoke(id).then(done, (error: unknown) => {
      done();
      // It stays expired, so the next tick tries again.
      if (error instanceof KvError && error.code === 'lease-not-found') return;
      logger.log('debug', 'an expired lease could not be revoked yet', { lease: String(id), error: String(error) });
    });
  };

  return {
    setLeading(now) {
      if (now === leads) return;
      leads = now;
      if (leads) clock.start(replica.space.leases.all());
      else clock.stop();
    },
    commanded(command) {
      if (!leads) return;
      if (command.type === 'lease-grant') clock.granted(command.id, command.ttlSeconds);
      else if (command.type === 'lease-revoke') clock.revoked(command.id);
    },
    async renew(body) {
      const { id } = read(body);
      await confirmLead();
      const lease = replica.space.leases.get(id);
      // One that has run out but is not revoked yet must not come back to life: others may have seen it end.
      if (!lease || clock.expired().includes(id))
        throw new KvError('lease-not-found', `Lease ${id} is not there. It expired or was never granted.`);
      clock.renew(lease);
      return { grantedTtlSeconds: lease.ttlSeconds, ttlSeconds: lease.ttlSeconds };
    },
    async remaining(body) {
      const { id, keys } = read(body);
      await confirmLead();
      const lease = replica.space.leases.get(id);
      if (!lease) return { grantedTtlSeconds: 0, ttlSeconds: -1 };
      const status = { grantedTtlSeconds: lease.ttlSeconds, ttlSeconds: clock.remaining(lease) };
      if (!keys) return status;
      const texts = [...lease.keys].sort();
      return { ...status, keys: texts.map((text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))) };
    },
    tick() {
      if (!leads) return;
      for (const id of clock.expired()) if (!revoking.has(id)) expire(id);
    },
  };
}
