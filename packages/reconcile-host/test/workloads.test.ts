import { createInformerFactory } from '@trireme/client';
import { createFakeApi } from '@trireme/client/testing';
import { createDeploymentController, createReplicaSetController } from '@trireme/controllers';
import { type Logger, sleep } from '@trireme/ports';
import { deployments, events, pods, replicasets } from '@trireme/schema/resources';
import type { Deployment } from '@trireme/schema/types/apps/v1';
import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { createReconcileHost } from '../src/index.ts';
import { createLaggingClient } from './lagging-client.ts';

const web = (image: string, replicas: number): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas,
    progressDeadlineSeconds: 600,
    revisionHistoryLimit: 10,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    template: { metadata: { name: '', labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } },
  },
});

async function setup(seed: number) {
  const time = createVirtualTime();
  const random = createSeededRandom(seed);
  const problems: unknown[] = [];
  const logger: Logger = {
    with: () => logger,
    log: (level, message, fields) => level === 'error' && problems.push([message, fields]),
  };
  const api = createFakeApi({ time, random });
  // Every request takes a while of its own, so that views lag behind writes by chance.
  api.intercept = () => sleep(time, random.float() * 40);
  const informers = createInformerFactory(
    { client: createLaggingClient(api, time, random, 100), time, random, logger },
    { freeze: true },
  );
  const controllers = [createDeploymentController(), createReplicaSetController()];
  const host = createReconcileHost({ client: api, informers, time, random, logger, controllers });
  const starting = host.start();
  await time.advance(1000);
  await starting;
  runPods(api, time, random);
  const podNames = async () => names((await api.resource(pods).list({ namespace: 'default' })).items);
  const sets = async () => (await api.resource(replicasets).list({ namespace: 'default' })).items;
  return { time, random, api, host, informers, problems, podNames, sets };
}

function names(objects: readonly { readonly metadata: { readonly name: string } }[]): readonly string[] {
  return objects.map(({ metadata }) => metadata.name);
}

/** A kubelet of few words: pods become ready after a while. */
function runPods(
  api: ReturnType<typeof createFakeApi>,
  time: ReturnType<typeof createVirtualTime>,
  random: ReturnType<typeof createSeededRandom>,
): void {
  const watch = async (): Promise<void> => {
    for await (const { type, object } of api.resource(pods).watch({ resourceVersion: '0' })) {
      if (type === 'ADDED') time.after(500 + random.float() * 2000, () => void makeReady(object.metadata));
    }
  };
  const makeReady = async ({ name, namespace = '' }: { name: string; namespace?: string | undefined }) => {
    const now = new Date(time.now()).toISOString();
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }] };
    const patch = { type: 'merge', body: { status } } as const;
    await api
      .resource(pods)
      .patch({ name, namespace }, patch, { subresource: 'status' })
      .catch(() => undefined);
  };
  void watch();
}

describe('a deployment, from end to end', () => {
  it.each([1, 2, 3, 4, 5])('makes, scales and rolls exactly what is asked (seed %d)', async (seed) => {
    const { time, api, host, problems, podNames, sets } = await setup(seed);
    const target = { name: 'web', namespace: 'default' };
    const client = api.resource(deployments);
    const settled = async (replicas: number) => {
      await time.advance(60_000);
      const { status, metadata } = await client.get(target).catch(async () => client.get(target));
      expect(status).toMatchObject({ replicas, updatedReplicas: replicas, availableReplicas: replicas });
      expect(status?.observedGeneration).toBe(metadata.generation);
      expect(await podNames()).toHaveLength(replicas);
    };
    api.intercept = ({ verb }) => (verb === 'get' || verb === 'list' ? undefined : sleep(time, 5));

    const creating = client.create(web('a:1', 3));
    await time.advance(100);
    await creating;
    await settled(3);
    const created = api.writes.filter((write) => write.startsWith('create pods'));
    expect(created).toHaveLength(3);

    const scaling = client.patch(target, { type: 'merge', body: { spec: { replicas: 5 } } });
    await time.advance(100);
    await scaling;
    await settled(5);
    expect(await sets()).toHaveLength(1);

    const rolling = client.patch(target, {
      type: 'merge',
      body: { spec: { template: web('a:2', 0).spec.template } },
    } as never);
    await time.advance(100);
    await rolling;
    await settled(5);
    const after = (await sets()).map(({ spec, metadata }) => [
      metadata.annotations?.['deployment.kubernetes.io/revision'],
      spec.replicas,
    ]);
    expect(after).toEqual([
      ['1', 0],
      ['2', 5],
    ]);
    expect((await client.get(target)).metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '2' });
    // Each pod was made once: no plan was decided on a view older than its own writes.
    expect(api.writes.filter((write) => write.startsWith('create pods'))).toHaveLength(10);

    const texts = (await api.resource(events).list()).items.map(({ message }) => message);
    expect(texts).toContainEqual(expect.stringMatching(/^Scaled up replica set web-[a-z0-9]+ from 0 to 3$/));
    expect(texts).toContainEqual(expect.stringMatching(/^Scaled up replica set web-[a-z0-9]+ from 3 to 5$/));
    expect(texts).toContainEqual(expect.stringMatching(/^Created pod: web-[a-z0-9]+-[a-z0-9]{5}$/));
    expect(problems).toEqual([]);
    expect(host.metrics().replicaset).toMatchObject({ panics: 0, expiredWaits: 0, queued: 0 });
    await host.stop();
  });
});
