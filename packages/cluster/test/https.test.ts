import { createHttpsTransport } from '@trireme/adapter-http';
import { logLines } from '@trireme/simulated-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCluster, type SimulatedCluster } from '../src/node/index.ts';
import { createKubectl, findKubectl, type Kubectl } from './kubectl.ts';
import { webManifest } from './manifests.ts';

const path = findKubectl();
if (!path) console.warn('SKIPPED: no kubectl, so nothing shows that the real one works. Name one in KUBECTL.');
const withKubectl = it.runIf(path);

describe('a cluster over HTTPS', () => {
  let cluster: SimulatedCluster;
  let kubectl: Kubectl;
  beforeAll(async () => {
    cluster = await createCluster({
      members: 3,
      nodes: 2,
      https: true,
      images: { 'example/web': { program: logLines('hi') } },
    });
    kubectl = createKubectl(path ?? 'kubectl', cluster.kubeconfig ?? '');
  });
  afterAll(async () => {
    kubectl.close();
    await cluster.stop();
  });

  it('serves whoever trusts its authority, and tells strangers apart', async () => {
    const transport = createHttpsTransport({ endpoints: [cluster.url ?? ''], tls: { insecure: true } });
    const { status } = await transport.request({ method: 'GET', path: '/api/v1/nodes', headers: {} });
    expect(status).toBe(403);
    await transport.close?.();
  });

  withKubectl('shows its nodes to kubectl', async () => {
    const lines = (await kubectl(['get', 'nodes'])).trim().split('\n');
    expect(lines.map((line) => line.split(/\s+/).slice(0, 2).join(' '))).toEqual([
      'NAME STATUS',
      'node-1 Ready',
      'node-2 Ready',
    ]);
  });

  withKubectl('takes manifests, logs and commands from kubectl', async () => {
    expect(await kubectl(['apply', '-f', '-'], webManifest)).toBe('deployment.apps/web created\nservice/web created\n');
    const rollout = await kubectl(['rollout', 'status', 'deployment/web', '--timeout=20s']);
    expect(rollout).toMatch(/successfully rolled out\n$/);
    expect(await kubectl(['logs', 'deployment/web'])).toBe('hi\n');
    expect(await kubectl(['exec', 'deployment/web', '--', 'echo', 'out of the pod'])).toBe('out of the pod\n');
  });

  withKubectl('goes on at the same address when a member dies', async () => {
    cluster.members[0]?.kill();
    await cluster.waitFor('a leader', () => cluster.leader());
    expect(await kubectl(['get', 'deployment', 'web', '-o', 'name'])).toBe('deployment.apps/web\n');
  });
});
