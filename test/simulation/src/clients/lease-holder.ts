import { utf8 } from '@trireme/base';
import type { KvRecorder } from '@trireme/linearizability';
import { KvError, type LeaseId, sleep } from '@trireme/ports';
import type { SeededRandom } from '@trireme/testkit';
import type { LeaseBook } from '../checks/lease-book.ts';
import type { World } from '../world/world.ts';
import { pickUp } from './client.ts';
import { takeError } from './errors.ts';

export interface LeaseHolderDeps {
  readonly world: World;
  readonly recorder: KvRecorder;
  readonly leases: LeaseBook;
  readonly random: SeededRandom;
  readonly name: string;
}

/** Keys of this prefix vanish with their lease and in no other way. */
export const leasePrefix = 'l/';

/** Takes a lease, puts keys under it, and renews it for a while; then revokes it or lets it expire. */
export async function holdLease(deps: LeaseHolderDeps): Promise<void> {
  const { world, recorder, leases, random, name } = deps;
  const machine = pickUp(world, random);
  if (!machine || leases.live >= 6) return;
  const kv = recorder.record(machine.kv, name);
  const ttlSeconds = 2 + random.below(3);
  const calledMs = world.loop.monotonic();
  let id: LeaseId;
  try {
    const granted = await kv.leaseGrant({ ttlSeconds });
    id = granted.id;
    leases.granted(id, granted.grantedTtlSeconds, calledMs);
  } catch (error) {
    takeError(world, 'lease grant', error);
    return;
  }
  world.count('operations');
  for (let i = 0; i <= random.below(3); i++) await attach(deps, id, `${leasePrefix}${id}/${i}`);
  const endMs = random.chance(0.5) ? calledMs : calledMs + random.below(world.plan.durationMs);
  while (!world.over && world.loop.monotonic() < endMs) {
    await sleep(world.loop, (ttlSeconds * 1000) / (2 + random.below(4)));
    if (!(await renew(deps, id))) return;
  }
  if (random.chance(0.3)) await revoke(deps, id);
}

async function attach({ world, recorder, random, name }: LeaseHolderDeps, lease: LeaseId, key: string): Promise<void> {
  const machine = pickUp(world, random);
  if (!machine) return;
  try {
    const request = { key: utf8(key), value: utf8(key), lease };
    await recorder.record(machine.kv, name).txn({ success: [{ type: 'put', request }] });
  } catch (error) {
    takeError(world, 'put with a lease', error, ['lease-not-found']);
  }
}

/** False when the lease has ended. */
async function renew({ world, leases, random }: LeaseHolderDeps, id: LeaseId): Promise<boolean> {
  const machine = pickUp(world, random);
  if (!machine || world.over) return true;
  const calledMs = world.loop.monotonic();
  try {
    await machine.kv.leaseKeepAlive(id);
    leases.renewed(id, calledMs);
    world.count('renewals');
  } catch (error) {
    takeError(world, 'lease renewal', error, ['lease-not-found']);
    if (!(error instanceof KvError) || error.code !== 'lease-not-found') return true;
    leases.seenEnded(id, 'a renewal');
    return false;
  }
  return true;
}

async function revoke({ world, leases, random }: LeaseHolderDeps, id: LeaseId): Promise<void> {
  const machine = pickUp(world, random);
  if (!machine) return;
  leases.revoking(id);
  try {
    await machine.kv.leaseRevoke(id);
  } catch (error) {
    takeError(world, 'lease revocation', error, ['lease-not-found']);
  }
}
