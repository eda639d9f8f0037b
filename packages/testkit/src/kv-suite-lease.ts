import { expect } from 'vitest';
import type { Scope } from './kv-suite-harness.ts';
import type { SuiteTest } from './kv-suite-test.ts';

type Open = () => Promise<Scope>;

export function leaseTests(open: Open, it: SuiteTest): void {
  it('deletes the keys of a lease that is revoked, at one revision', async () => {
    const scope = await open();
    const { id } = await scope.kv.leaseGrant({ ttlSeconds: 600 });
    await scope.put('a', '1', { lease: id });
    await scope.put('b', '1', { lease: id });
    await scope.put('c', '1');
    expect(await scope.kv.leases()).toContain(id);
    const status = await scope.kv.leaseTimeToLive(id, { keys: true });
    expect(status).toMatchObject({ id, grantedTtlSeconds: 600 });
    expect(status.ttlSeconds).toBeGreaterThan(500);
    expect(status.keys?.map((key) => scope.text(key))).toEqual(['a', 'b']);
    const before = await scope.revision();
    await scope.kv.leaseRevoke(id);
    expect(await scope.revision()).toBe(before + 1);
    expect(await scope.all()).toEqual(['c=1']);
    expect(await scope.kv.leases()).not.toContain(id);
  });

  it('lets go of keys that are written again', async () => {
    const scope = await open();
    const first = await scope.kv.leaseGrant({ ttlSeconds: 600 });
    const second = await scope.kv.leaseGrant({ ttlSeconds: 600 });
    for (const name of ['a', 'b', 'c']) await scope.put(name, '1', { lease: first.id });
    await scope.put('a', '2');
    await scope.put('b', '2', { lease: second.id });
    await scope.kv.leaseRevoke(first.id);
    expect(await scope.all()).toEqual(['a=2', 'b=2']);
    await scope.kv.leaseRevoke(second.id);
    expect(await scope.all()).toEqual(['a=2']);
  });

  it('ends a lease that is not renewed, and only that', async () => {
    const scope = await open();
    const kept = await scope.kv.leaseGrant({ ttlSeconds: 5 });
    const lost = await scope.kv.leaseGrant({ ttlSeconds: 5 });
    await scope.put('kept', '1', { lease: kept.id });
    await scope.put('lost', '1', { lease: lost.id });
    for (let i = 0; i < 4; i++) {
      await scope.harness.advance(2_000);
      expect((await scope.kv.leaseKeepAlive(kept.id)).ttlSeconds).toBe(5);
    }
    expect(await scope.all()).toEqual(['kept=1']);
    await expect(scope.kv.leaseKeepAlive(lost.id)).rejects.toMatchObject({ code: 'lease-not-found' });
    expect(await scope.kv.leaseTimeToLive(lost.id)).toMatchObject({ ttlSeconds: -1 });
  });

  it('refuses what is wrong', async () => {
    const { kv } = await open();
    const { id } = await kv.leaseGrant({ ttlSeconds: 600 });
    await expect(kv.leaseGrant({ ttlSeconds: 600, id })).rejects.toMatchObject({ code: 'lease-exists' });
    await expect(kv.leaseGrant({ ttlSeconds: 9_000_000_001 })).rejects.toMatchObject({ code: 'lease-ttl-too-large' });
    await kv.leaseRevoke(id);
    await expect(kv.leaseRevoke(id)).rejects.toMatchObject({ code: 'lease-not-found' });
  });
}
