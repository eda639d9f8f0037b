import { statusErrors } from '@trireme/api-machinery';
import { createInformerFactory } from '@trireme/client';
import { createFakeApi } from '@trireme/client/testing';
import { type Action, type Controller, keyOf, type Plan, type View, watchOf } from '@trireme/controllers';
import { silentLogger, sleep } from '@trireme/ports';
import { configmaps, pods } from '@trireme/schema/resources';
import type { ConfigMap } from '@trireme/schema/types/core/v1';
import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { createLaggingClient } from '../test/lagging-client.ts';
import { type ControllerRunnerOptions, createControllerRunner } from './controller-runner.ts';

const map = (name: string): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns' } });

async function setup(
  reconcile: (key: string, view: View, nowMs: number) => Plan,
  options: Partial<ControllerRunnerOptions> & { readonly lagMs?: number } = {},
) {
  const time = createVirtualTime();
  const random = createSeededRandom(1);
  const api = createFakeApi({ time, random });
  const client = createLaggingClient(api, time, random, options.lagMs ?? 0);
  const informers = createInformerFactory({ client, time, random, logger: silentLogger }, { freeze: true });
  const seen: string[] = [];
  const controller: Controller = {
    name: 'test',
    reads: [configmaps, pods],
    watches: [watchOf(configmaps, (object) => [keyOf(object)])],
    reconcile(key, view, nowMs) {
      seen.push(`${key}@${time.monotonic()}`);
      return reconcile(key, view, nowMs);
    },
  };
  const deps = { client: api, informers, time, random, logger: silentLogger };
  const runner = createControllerRunner(deps, controller, { concurrency: 2, maxWaitMs: 30_000, ...options });
  await runner.start();
  await time.settle();
  return { time, api, runner, seen, client: api.resource(configmaps) };
}

const pod = (name: string): Action => ({
  type: 'create',
  ref: pods,
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns' } },
});

describe('controller runner', () => {
  it('waits for the view to show its own writes before it looks again', async () => {
    const make = (_: string, view: View): Plan => ({
      actions: view.list(pods).length < 3 ? [pod(`p${view.list(pods).length}`)] : [],
      requeueAfterMs: 10,
    });
    const { time, runner, client } = await setup(make, { lagMs: 500 });
    await client.create(map('a'));
    await time.advance(20_000);
    expect(runner.metrics()).toMatchObject({ conflicts: 0, failures: 0, writes: 3, expiredWaits: 0 });
    expect(runner.metrics().waits).toBeGreaterThan(0);
  });

  it('waits for what it deleted to leave the view', async () => {
    const { time, runner, api, client } = await setup(
      (_, view) => ({
        actions: view.list(pods).map(({ metadata: { name, namespace, uid } }) => ({
          type: 'delete',
          ref: pods,
          target: { name, namespace, uid },
        })),
        requeueAfterMs: 10,
      }),
      { lagMs: 500 },
    );
    await api
      .resource(pods)
      .create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns' }, spec: { containers: [] } });
    await client.create(map('a'));
    await time.advance(10_000);
    expect(api.writes.filter((write) => write.startsWith('delete'))).toEqual(['delete pods ns/p']);
    expect(runner.metrics().expiredWaits).toBe(0);
  });

  it('does not wait for ever', async () => {
    const { time, runner, client } = await setup(
      (_, view) => ({ actions: view.list(pods).length === 0 ? [pod('p')] : [], requeueAfterMs: 10 }),
      { lagMs: 60_000, maxWaitMs: 100 },
    );
    await client.create(map('a'));
    await time.advance(200_000);
    expect(runner.metrics().expiredWaits).toBeGreaterThan(0);
  });

  it('comes back with backoff after a refusal, and starts over after a success', async () => {
    let refuse = true;
    const { time, api, seen, client } = await setup(() => ({ actions: [pod('p')] }));
    api.intercept = ({ ref }) => {
      if (refuse && ref.resource === 'pods') throw statusErrors.internalError('no');
    };
    await client.create(map('a'));
    await time.advance(100);
    expect(seen).toEqual(['ns/a@0', 'ns/a@5', 'ns/a@15', 'ns/a@35', 'ns/a@75']);
    refuse = false;
    await time.advance(100);
    expect(seen).toHaveLength(6);
    refuse = true;
    seen.length = 0;
    await client.patch({ name: 'a', namespace: 'ns' }, { type: 'merge', body: { data: { x: 'y' } } });
    await time.advance(10);
    expect(seen).toEqual(['ns/a@200', 'ns/a@205']);
  });

  it('survives a controller that throws', async () => {
    let bad = true;
    const { time, runner, client } = await setup(() => {
      if (bad) throw new Error('bug');
      return { actions: [] };
    });
    await client.create(map('a'));
    await time.advance(10);
    bad = false;
    await time.advance(1000);
    expect(runner.metrics()).toMatchObject({ active: 0, queued: 0, delayed: 0 });
    expect(runner.metrics().panics).toBeGreaterThan(0);
  });

  it('works on several keys at once, on each alone, and ends what it began when stopped', async () => {
    let active = 0;
    let most = 0;
    const { time, api, runner, seen, client } = await setup((key) => ({ actions: [pod(key.slice(3))] }));
    api.intercept = async ({ ref, verb }) => {
      if (ref.resource !== 'pods' || verb !== 'create') return;
      most = Math.max(most, ++active);
      await sleep(time, 1000);
      active--;
    };
    for (const name of ['a', 'b', 'c']) await client.create(map(name));
    await time.advance(100);
    await client.patch({ name: 'a', namespace: 'ns' }, { type: 'merge', body: { data: { x: 'y' } } });
    await time.advance(100);
    expect(seen).toEqual(['ns/a@0', 'ns/b@0']);
    expect(runner.metrics()).toMatchObject({ active: 2, queued: 1 });
    let stopped = false;
    const stopping = runner.stop().then(() => {
      stopped = true;
    });
    await time.advance(100);
    expect(stopped).toBe(false);
    await time.advance(1000);
    await stopping;
    expect(most).toBe(2);
    expect(seen).toHaveLength(2);
  });

  it('lets time pass while a key is due and every worker is busy', async () => {
    const { time, api, seen, client } = await setup(
      (key) => (key === 'ns/slow' ? { actions: [pod('p')] } : { actions: [], requeueAfterMs: 10 }),
      { concurrency: 1 },
    );
    api.intercept = async ({ ref, verb }) => {
      if (ref.resource === 'pods' && verb === 'create') await sleep(time, 1000);
    };
    await client.create(map('again'));
    await client.create(map('slow'));
    let timers = 0;
    await time.advanceUntil(() => ++timers > 100 || seen.length === 3, 2000);
    expect(seen).toEqual(['ns/again@0', 'ns/slow@0', 'ns/again@1000']);
  });

  it('looks again when it asked to', async () => {
    const { time, seen, client } = await setup(() => ({ actions: [], requeueAfterMs: 1000 }));
    await client.create(map('a'));
    await time.advance(2500);
    expect(seen).toEqual(['ns/a@0', 'ns/a@1000', 'ns/a@2000']);
  });
});
