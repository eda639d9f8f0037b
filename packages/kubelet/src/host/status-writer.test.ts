import { createInformerFactory } from '@trireme/client';
import { createFakeApi } from '@trireme/client/testing';
import { silentLogger } from '@trireme/ports';
import { pods } from '@trireme/schema/resources';
import type { Pod } from '@trireme/schema/types/core/v1';
import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { makePod } from '../testing/pod-fixture.ts';
import { createStatusWriter } from './status-writer.ts';

async function setUp() {
  const time = createVirtualTime();
  const random = createSeededRandom(1);
  const api = createFakeApi({ time, random });
  const informers = createInformerFactory({ client: api, time, random, logger: silentLogger });
  const { lister } = informers.informer(pods);
  const writer = createStatusWriter({ client: api, lister, time, logger: silentLogger });
  const fresh = makePod({}, { uid: undefined });
  const create = () => api.resource(pods).create(fresh);
  const stored = () => api.store.get(pods, 'default/web') as Pod;
  const pod = await create();
  await time.advance(100);
  return { time, api, writer, create, stored, pod };
}

describe('createStatusWriter', () => {
  it('never writes the status of one pod onto another of the same name', async () => {
    const { time, api, writer, create, stored, pod } = await setUp();
    api.intercept = ({ verb }) => {
      if (verb === 'update') throw new Error('the API is away');
    };
    writer.set(pod, { phase: 'Running' });
    await time.advance(500);
    api.intercept = undefined;
    await api.resource(pods).delete({ name: 'web', namespace: 'default' }, { gracePeriodSeconds: 0 });
    await create();
    await time.advance(30_000);
    expect(stored().metadata.uid).not.toBe(pod.metadata.uid);
    expect(stored().status?.phase).toBeUndefined();
  });

  it('goes over conflicts with the newest version', async () => {
    const { time, api, writer, stored, pod } = await setUp();
    let disturbances = 3;
    api.intercept = async ({ verb, subresource }) => {
      if (verb !== 'update' || subresource !== 'status' || disturbances-- <= 0) return;
      const labels = { disturbed: String(disturbances) };
      await api
        .resource(pods)
        .patch({ name: 'web', namespace: 'default' }, { type: 'merge', body: { metadata: { labels } } });
    };
    writer.set(pod, { phase: 'Running' });
    await writer.flush(pod.metadata.uid ?? '');
    await time.advance(100);
    expect(stored().status?.phase).toBe('Running');
    expect(stored().metadata.labels).toEqual({ disturbed: '0' });
  });

  it('writes only the newest of many, and the last one always', async () => {
    const { time, api, writer, stored, pod } = await setUp();
    for (let i = 0; i < 100; i++) writer.set(pod, { phase: 'Running', message: String(i) });
    await time.advance(1000);
    expect(stored().status?.message).toBe('99');
    expect(api.writes.filter((write) => write.startsWith('update pods/status')).length).toBeLessThan(5);
  });
});
