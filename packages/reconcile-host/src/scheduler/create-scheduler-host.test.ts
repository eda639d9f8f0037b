import { createEventRecorder, createInformerFactory } from '@trireme/client';
import { createFakeApi } from '@trireme/client/testing';
import { silentLogger } from '@trireme/ports';
import { events, nodes, pods } from '@trireme/schema/resources';
import type { Node, Pod } from '@trireme/schema/types/core/v1';
import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { createSchedulerHost } from './create-scheduler-host.ts';

const node = (name: string, cpu = '4'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  status: { allocatable: { cpu, memory: '8Gi', pods: '110' } },
});
const pod = (name: string, cpu = '1'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'busybox', resources: { requests: { cpu } } }] },
});

async function raise() {
  const time = createVirtualTime();
  const random = createSeededRandom(7);
  const api = createFakeApi({ time, random });
  const deps = { client: api, time, random, logger: silentLogger };
  const informers = createInformerFactory(deps);
  const recorder = createEventRecorder(deps, { component: 'default-scheduler' });
  const host = createSchedulerHost({ ...deps, informers, events: recorder });
  const placed = async () =>
    Object.fromEntries(
      (await api.resource(pods).listAll()).items.map((each) => [each.metadata.name, each.spec.nodeName]),
    );
  return { time, api, host, placed, recorder };
}

describe('scheduler host', () => {
  it('binds pods, counting those whose binding the API does not show yet', async () => {
    const { time, api, host, placed } = await raise();
    await api.resource(nodes).create(node('a', '2'));
    await api.resource(nodes).create(node('b', '2'));
    for (const name of ['p1', 'p2', 'p3', 'p4']) await api.resource(pods).create(pod(name));
    const started = host.start();
    await time.advance(1000);
    await started;
    await time.advance(1000);
    expect(Object.values(await placed()).sort()).toEqual(['a', 'a', 'b', 'b']);
    expect(host.metrics).toMatchObject({ placed: 4, refused: 0, waiting: 0 });
  });

  it('says why a pod waits, and places it when room is made', async () => {
    const { time, api, host, placed } = await raise();
    await api.resource(nodes).create(node('a', '1'));
    const started = host.start();
    await time.advance(100);
    await started;
    await api.resource(pods).create(pod('first'));
    await time.advance(100);
    await api.resource(pods).create(pod('second'));
    await time.advance(100);
    expect(await placed()).toEqual({ first: 'a', second: undefined });
    const waiting = await api.resource(pods).get({ name: 'second', namespace: 'default' });
    expect(waiting.status?.conditions?.[0]).toMatchObject({
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
    });
    await time.advance(60_000);
    const told = (await api.resource(events).listAll()).items.map((event) => `${event.reason}: ${event.message}`);
    expect(told).toContain('Scheduled: Successfully assigned default/first to a');
    expect(told.some((text) => text.startsWith('FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu.'))).toBe(
      true,
    );
    await api.resource(pods).delete({ name: 'first', namespace: 'default' }, { gracePeriodSeconds: 0 });
    await time.advance(15_000);
    expect(await placed()).toEqual({ second: 'a' });
  });

  it('leaves gated pods and those of other schedulers alone', async () => {
    const { time, api, host, placed } = await raise();
    await api.resource(nodes).create(node('a'));
    const gated = pod('gated');
    await api.resource(pods).create({ ...gated, spec: { ...gated.spec, schedulingGates: [{ name: 'wait' }] } });
    const other = pod('other');
    await api.resource(pods).create({ ...other, spec: { ...other.spec, schedulerName: 'mine' } });
    const started = host.start();
    await time.advance(5000);
    await started;
    expect(await placed()).toEqual({ gated: undefined, other: undefined });
  });
});
