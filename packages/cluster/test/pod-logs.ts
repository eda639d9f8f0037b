import { fromUtf8 } from '@trireme/base';
import { readBody } from '@trireme/ports';
import type { SimulatedCluster } from '../src/node/index.ts';

/** What `kubectl logs` shows, through the apiserver and the node's kubelet. */
export async function logs(cluster: SimulatedCluster, pod: string): Promise<string> {
  const path = `/api/v1/namespaces/default/pods/${pod}/log`;
  const response = await cluster.client.raw({ method: 'GET', path, headers: {} });
  return fromUtf8((await cluster.run(readBody(response.body, 1 << 20))) ?? new Uint8Array());
}
