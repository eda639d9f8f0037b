import { statusErrors } from '@trireme/api-machinery';
import { silentLogger } from '@trireme/ports';
import { events } from '@trireme/schema/resources';
import type { Pod } from '@trireme/schema/types/core/v1';
import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { createEventRecorder } from './event-recorder.ts';
import { errorOfTransport } from './response-status.ts';
import { createFakeApi } from './testing/index.ts';

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'ns', uid: 'u1', resourceVersion: '5' },
  spec: { containers: [] },
};

function setup() {
  const time = createVirtualTime();
  const random = createSeededRandom(3);
  const api = createFakeApi({ time, random });
  const recorder = createEventRecorder(
    { client: api, time, random, logger: silentLogger },
    { component: 'kubelet', host: 'node-1' },
  );
  const all = async () => (await api.resource(events).list()).items;
  return { time, api, recorder, all };
}

describe('event recorder', () => {
  it('writes what a core/v1 Event carries', async () => {
    const { recorder, all } = setup();
    recorder.event(pod, 'Normal', 'Pulled', 'Container image "a" already present on machine');
    await recorder.flush();
    const [event] = await all();
    expect(event).toMatchObject({
      involvedObject: { kind: 'Pod', namespace: 'ns', name: 'web', uid: 'u1', apiVersion: 'v1', resourceVersion: '5' },
      type: 'Normal',
      reason: 'Pulled',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'kubelet', host: 'node-1' },
      reportingComponent: 'kubelet',
      reportingInstance: 'node-1',
    });
    expect(event?.metadata.name).toMatch(/^web\.[0-9a-f]{16}$/);
    expect(event?.metadata.namespace).toBe('ns');
  });

  it('counts what repeats, and starts anew once the old event has expired', async () => {
    const { time, api, recorder, all } = setup();
    for (let i = 0; i < 3; i++) {
      recorder.event(pod, 'Warning', 'BackOff', 'restarting');
      await time.advance(10_000);
    }
    expect(await all()).toMatchObject([{ count: 3, lastTimestamp: '2026-01-01T00:00:20Z' }]);
    const [old] = await all();
    await api.resource(events).delete({ name: old?.metadata.name ?? '', namespace: 'ns' });
    recorder.event(pod, 'Warning', 'BackOff', 'restarting');
    await recorder.flush();
    expect(await all()).toMatchObject([{ count: 1, firstTimestamp: '2026-01-01T00:00:30Z' }]);
  });

  it('combines many that differ only in their message', async () => {
    const { recorder, all } = setup();
    for (let i = 0; i < 12; i++) recorder.event(pod, 'Warning', 'Failed', `attempt ${i}`);
    await recorder.flush();
    const found = await all();
    expect(found).toHaveLength(10);
    expect(found[9]).toMatchObject({ message: '(combined from similar events): attempt 11', count: 3 });
  });

  it('drops the flood of one object, not the voice of another', async () => {
    const { time, recorder, all } = setup();
    for (let i = 0; i < 40; i++) recorder.event(pod, 'Normal', 'Same', 'same');
    recorder.event({ ...pod, metadata: { ...pod.metadata, name: 'other', uid: 'u2' } }, 'Normal', 'Same', 'same');
    await recorder.flush();
    expect(await all()).toMatchObject([{ count: 25 }, { count: 1 }]);
    await time.advance(300_000);
    recorder.event(pod, 'Normal', 'Same', 'same');
    recorder.event(pod, 'Normal', 'Same', 'same');
    await recorder.flush();
    expect(await all()).toMatchObject([{ count: 26 }, { count: 1 }]);
  });

  it('tries again while no server answers, and counts once', async () => {
    const { time, api, recorder, all } = setup();
    api.intercept = () => {
      const lost = { method: 'POST', path: '/', headers: {} };
      if (time.monotonic() < 30_000) throw errorOfTransport(lost, new Error('refused'));
    };
    recorder.event(pod, 'Normal', 'A', 'a');
    await time.advance(60_000);
    expect(await all()).toMatchObject([{ count: 1 }]);
  });

  it('gives up what the server refuses', async () => {
    const { api, recorder } = setup();
    api.intercept = ({ ref }) => {
      throw statusErrors.forbidden(
        ref,
        '',
        'unable to create new content in namespace ns because it is being terminated',
      );
    };
    recorder.event(pod, 'Normal', 'A', 'a');
    await recorder.flush();
    expect(api.writes).toEqual([]);
  });
});
