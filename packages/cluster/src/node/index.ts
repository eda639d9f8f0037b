/**
 * A whole Kubernetes cluster inside one Node process, for tests of whatever talks to one: the real store, apiserver,
 * scheduler, controllers and kubelets, over containers that are simulated. Ready in well under a second, on a real clock or
 * a virtual one.
 *
 * @example
 * import { createCluster } from '@trireme/cluster/node';
 * import { pods } from '@trireme/schema/resources';
 *
 * await using cluster = await createCluster({ members: 3, nodes: 2, runtime: 'simulated' });
 * await cluster.apply(`
 *   apiVersion: v1
 *   kind: Pod
 *   metadata: { name: web }
 *   spec: { containers: [{ name: web, image: example/web }] }
 * `);
 * const pod = await cluster.waitFor('a running pod', async () => {
 *   const found = await cluster.client.resource(pods).get({ namespace: 'default', name: 'web' });
 *   return found.status?.phase === 'Running' && found;
 * });
 * console.log(pod.spec.nodeName);
 */
export { createVirtualTime, type PeerNetwork, type VirtualTime } from '@trireme/testkit';
export type { ClusterMember } from '../cluster-member.ts';
export type { ClusterNode } from '../cluster-node.ts';
export type { Cluster } from '../compose-cluster.ts';
export type { Condition, WaitFor, WaitOptions } from '../wait-for.ts';
export { type CreateClusterOptions, createCluster, type SimulatedCluster } from './create-cluster.ts';
