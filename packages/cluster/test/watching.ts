import { deployments, endpointslices, pods } from '@trireme/schema/resources';
import type { Deployment } from '@trireme/schema/types/apps/v1';
import type { Pod } from '@trireme/schema/types/core/v1';
import type { SimulatedCluster } from '../src/node/index.ts';

export const isReady = (pod: Pod): boolean =>
  !pod.metadata.deletionTimestamp &&
  (pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false);

export async function podsOf(cluster: SimulatedCluster, labelSelector = 'app=web'): Promise<readonly Pod[]> {
  return (await cluster.client.resource(pods).list({ namespace: 'default', labelSelector })).items;
}

/** As `kubectl rollout status` sees it. */
export async function rolledOut(cluster: SimulatedCluster, name = 'web'): Promise<Deployment | undefined> {
  const found = await cluster.client.resource(deployments).get({ namespace: 'default', name });
  const { replicas } = found.spec;
  const status = found.status ?? {};
  const done =
    (status.observedGeneration ?? 0) >= (found.metadata.generation ?? 0) &&
    status.replicas === replicas &&
    status.updatedReplicas === replicas &&
    status.availableReplicas === replicas;
  return done ? found : undefined;
}

/** The addresses that the Service leads to, in order. */
export async function servedBy(cluster: SimulatedCluster, service = 'web'): Promise<readonly string[]> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  const { items } = await cluster.client.resource(endpointslices).list({ namespace: 'default', labelSelector });
  const ready = items.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready);
  return ready.flatMap(({ addresses }) => addresses).sort();
}

export async function setImage(cluster: SimulatedCluster, image: string): Promise<void> {
  const body = { spec: { template: { spec: { containers: [{ name: 'web', image }] } } } };
  await cluster.client.resource(deployments).patch({ namespace: 'default', name: 'web' }, { type: 'strategic', body });
}

export async function scale(cluster: SimulatedCluster, replicas: number): Promise<void> {
  const body = { spec: { replicas } };
  await cluster.client.resource(deployments).patch({ namespace: 'default', name: 'web' }, { type: 'merge', body });
}
