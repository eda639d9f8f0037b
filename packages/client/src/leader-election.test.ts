import { type Logger, silentLogger } from '@trireme/ports';
import { leases } from '@trireme/schema/resources';
import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { createLeaderElector } from './leader-election.ts';
import { createFakeApi, type FakeApi } from './testing/index.ts';

function setup(seed = 1) {
  const time = createVirtualTime();
  const random = createSeededRandom(seed);
  const api = createFakeApi({ time, random });
  const log: string[] = [];
  const leaders = new Set<string>();
  const candidate = (
    identity: string,
    client: Pick<FakeApi, 'resource' | 'raw'> = api,
    logger: Logger = silentLogger,
  ) => {
    const cancel = new AbortController();
    const elector = createLeaderElector(
      { client, time, random, logger },
      {
        name: 'controllers',
        namespace: 'kube-system',
        identity,
        lead: (signal) => {
          leaders.add(identity);
          expect(leaders.size).toBe(1);
          log.push(`${identity} leads`);
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              leaders.delete(identity);
              log.push(`${identity} stops`);
              resolve();
            });
          });
        },
      },
    );
    const running = elector.run(cancel.signal);
    return { elector, stop: () => cancel.abort(), running };
  };
  const lease = () => api.resource(leases).get({ name: 'controllers', namespace: 'kube-system' });
  return { time, random, api, log, leaders, candidate, lease };
}

describe('leader election', () => {
  it('has one leader, who renews', async () => {
    const { time, candidate, log, lease } = setup();
    const a = candidate('a');
    await time.settle();
    const b = candidate('b');
    await time.advance(60_000);
    expect(log).toEqual(['a leads']);
    expect([a.elector.isLeader, b.elector.isLeader, b.elector.leader]).toEqual([true, false, 'a']);
    expect((await lease()).spec).toMatchObject({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:01:00.000000Z',
    });
  });

  it('gives the lease up when cancelled, so that the next need not wait it out', async () => {
    const { time, candidate, log, lease } = setup();
    const a = candidate('a');
    await time.settle();
    candidate('b');
    await time.advance(10_000);
    a.stop();
    await time.settle();
    await a.running;
    expect((await lease()).spec.holderIdentity).toBe('');
    await time.advance(5000);
    expect(log).toEqual(['a leads', 'a stops', 'b leads']);
    expect((await lease()).spec.leaseTransitions).toBe(1);
  });

  it('stops leading before another may start, when it is cut off', async () => {
    const { time, api, candidate, log } = setup();
    let cut = false;
    // Requests of the one who is cut off hang, as over a dead link.
    const severed: Pick<FakeApi, 'resource' | 'raw'> = {
      raw: api.raw,
      resource: (ref) => {
        const resource = api.resource(ref);
        const hang = <Args extends unknown[], R>(call: (...args: Args) => Promise<R>) => {
          return (...args: Args): Promise<R> => (cut ? new Promise<R>(() => undefined) : call(...args));
        };
        return { ...resource, get: hang(resource.get), update: hang(resource.update), create: hang(resource.create) };
      },
    };
    const a = candidate('a', severed);
    await time.settle();
    candidate('b');
    await time.advance(20_000);
    cut = true;
    const cutAtMs = time.monotonic();
    await time.advanceUntil(() => !a.elector.isLeader, 11_000, 'the cut off leader stops');
    await time.advanceUntil(() => log.includes('b leads'), 30_000, 'the other leads');
    expect(log).toEqual(['a leads', 'a stops', 'b leads']);
    expect(time.monotonic() - cutAtMs).toBeGreaterThan(13_000);
    expect(time.monotonic() - cutAtMs).toBeLessThan(21_000);
    cut = false;
    await time.advance(60_000);
    expect(log).toHaveLength(3);
  });

  it('does not trust the times that others write', async () => {
    const { time, api, candidate, log } = setup();
    await api.resource(leases).create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'controllers', namespace: 'kube-system' },
      spec: { holderIdentity: 'x', leaseDurationSeconds: 15, renewTime: '2001-01-01T00:00:00.000000Z' },
    });
    candidate('a');
    await time.advance(14_000);
    expect(log).toEqual([]);
    await time.advance(6000);
    expect(log).toEqual(['a leads']);
    time.skewWallClock(3_600_000);
    await time.advance(30_000);
    expect(log).toEqual(['a leads']);
  });

  it('never has two leaders, whoever comes, goes and fails', async () => {
    for (let seed = 1; seed <= 15; seed++) {
      const { time, random, api, candidate, leaders } = setup(seed);
      let flaky = 0;
      api.intercept = () => {
        if (random.chance(flaky)) throw new Error('reset');
      };
      const running = new Map<string, ReturnType<typeof candidate>>();
      for (let round = 0; round < 30; round++) {
        const identity = random.pick(['a', 'b', 'c']);
        const known = running.get(identity);
        if (known && random.chance(0.5)) {
          known.stop();
          await known.running.catch(() => undefined);
          running.delete(identity);
        } else if (!known) running.set(identity, candidate(identity));
        flaky = random.pick([0, 0.3, 0.9]);
        await time.advance(random.below(20_000));
        expect(leaders.size).toBeLessThanOrEqual(1);
      }
      for (const { stop } of running.values()) stop();
    }
  });

  it('lets another lead when its own work ends or fails', async () => {
    const { api, time, random, candidate, log } = setup();
    const failing = createLeaderElector(
      { client: api, time, random, logger: silentLogger },
      { name: 'controllers', namespace: 'kube-system', identity: 'f', lead: () => Promise.reject(new Error('no')) },
    );
    const cancel = new AbortController();
    void failing.run(cancel.signal);
    await time.settle();
    expect(failing.isLeader).toBe(false);
    candidate('b');
    await time.advance(10_000);
    expect(log).toEqual(['b leads']);
    cancel.abort();
  });

  it('refuses timings under which two could lead', () => {
    const { api, time, random } = setup();
    const options = { name: 'x', namespace: 'y', identity: 'z', lead: async () => undefined, renewDeadlineMs: 15_000 };
    expect(() => createLeaderElector({ client: api, time, random, logger: silentLogger }, options)).toThrow(RangeError);
  });
});
