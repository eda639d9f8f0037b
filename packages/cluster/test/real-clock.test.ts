import { createHttpsTransport } from '@trireme/adapter-http';
import { pods } from '@trireme/schema/resources';
import { exitAfter, logLines } from '@trireme/simulated-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCluster, type SimulatedCluster } from '../src/node/index.ts';
import { webManifest } from './manifests.ts';
import { logs } from './pod-logs.ts';
import { isReady, podsOf, rolledOut, servedBy } from './watching.ts';

const boundMs = 3000;

describe('a cluster on the real clock, without a socket', () => {
  let cluster: SimulatedCluster;
  let raisedMs = 0;
  beforeAll(async () => {
    const startMs = performance.now();
    cluster = await createCluster({
      members: 3,
      nodes: 2,
      images: {
        'example/task': { program: exitAfter(10, 0) },
        'example/talks': { program: logLines('hello', 'world') },
      },
    });
    raisedMs = performance.now() - startMs;
  });
  afterAll(() => cluster.stop());

  it('is ready soon, and rolls out a Deployment on both nodes', async () => {
    const startMs = performance.now();
    await cluster.apply(webManifest);
    const web = await cluster.waitFor('the rollout', () => rolledOut(cluster));
    const rolledMs = performance.now() - startMs;
    console.log(
      `3 members and 2 nodes: ready in ${Math.round(raisedMs)} ms, 3 pods in ${Math.round(rolledMs)} ms more`,
    );
    expect(raisedMs + rolledMs).toBeLessThan(boundMs);
    expect(web.status?.readyReplicas).toBe(3);
    const found = await podsOf(cluster);
    expect(found.every(isReady)).toBe(true);
    expect(new Set(found.map(({ spec }) => spec.nodeName))).toEqual(new Set(['node-1', 'node-2']));
    const served = await cluster.waitFor('three endpoints', async () => {
      const ips = await servedBy(cluster);
      return ips.length === 3 && ips;
    });
    expect(served).toEqual(found.map(({ status }) => status?.podIP ?? '').sort());
  });

  it('runs what images are told to do, and shows their logs', async () => {
    await cluster.apply(pod('task', 'example/task'));
    await cluster.apply(pod('talks', 'example/talks'));
    const phaseOf = async (name: string) =>
      (await cluster.client.resource(pods).get({ namespace: 'default', name })).status?.phase;
    await cluster.waitFor('the end of the task', async () => (await phaseOf('task')) === 'Succeeded');
    await cluster.waitFor('a pod that talks', async () => (await phaseOf('talks')) === 'Running');
    await cluster.waitFor('its words', async () => (await logs(cluster, 'talks')) === 'hello\nworld\n');
  });

  it('says what is wrong with a manifest', async () => {
    await expect(cluster.apply('kind: Pod')).rejects.toMatchObject({ code: 'bad-manifest' });
    await expect(cluster.apply('{apiVersion: v1, kind: Pot, metadata: {name: a}}')).rejects.toMatchObject({
      code: 'unknown-kind',
    });
    await expect(cluster.apply(pod('Bad_Name', 'example/task'))).rejects.toMatchObject({ code: 'Invalid' });
  });

  it('serves on while the leading member is dead, and takes it back with its data', async () => {
    const dead = await cluster.waitFor('a leader', () => cluster.leader());
    dead.kill();
    expect(dead.running).toBe(false);
    await expect(dead.handler({ method: 'GET', path: '/version', headers: {} }, { address: '' })).rejects.toMatchObject(
      {
        code: 'unreachable',
      },
    );
    await cluster.waitFor('another leader', () => cluster.leader());
    await cluster.apply(pod('meanwhile', 'example/talks'));
    await dead.restart();
    const answer = await cluster.waitFor('the data on the restarted member', async () => {
      const { status } = await dead.handler(
        { method: 'GET', path: '/api/v1/namespaces/default/pods/meanwhile', headers: {} },
        { address: '', certificate: { commonName: 'test', organizations: ['system:masters'], fingerprint: '' } },
      );
      return status === 200 && status;
    });
    expect(answer).toBe(200);
  });

  it('adds nodes', async () => {
    const node = await cluster.addNode();
    expect(node.name).toBe('node-3');
    expect(cluster.nodes.map(({ name }) => name)).toEqual(['node-1', 'node-2', 'node-3']);
  });

  it('says what did not come', async () => {
    await expect(cluster.waitFor('a miracle', () => false, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'timeout',
      message: 'wait for a miracle: it did not come within 50 ms.',
    });
  });
});

describe('a cluster that is stopped', () => {
  it('leaves nothing behind', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const cluster = await createCluster({ members: 3, nodes: 2, https: true });
    expect(cluster.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(timers()).toBeGreaterThan(before);
    const sleeper = cluster.sleep(60_000);
    await cluster.stop();
    await expect(sleeper).rejects.toMatchObject({ code: 'broken-off' });
    expect(timers()).toBeLessThanOrEqual(before);
    const transport = createHttpsTransport({ endpoints: [cluster.url ?? ''], tls: { insecure: true } });
    const version = { method: 'GET', path: '/version', headers: {} };
    await expect(transport.request(version)).rejects.toMatchObject({ code: 'unreachable' });
    await expect(cluster.transport.request(version)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it.each([
    { options: { members: 0 }, code: 'bad-size' },
    { options: { nodes: -1 }, code: 'bad-size' },
    { options: { https: true, time: 'virtual' }, code: 'bad-options' },
  ] as const)('is not begun with %o', async ({ options, code }) => {
    await expect(createCluster(options)).rejects.toMatchObject({ code });
  });
});

function pod(name: string, image: string): string {
  return `
    apiVersion: v1
    kind: Pod
    metadata: { name: "${name}" }
    spec: { restartPolicy: Never, containers: [{ name: app, image: ${image} }] }
  `;
}
