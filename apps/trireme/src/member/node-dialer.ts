import { createHttpsTransport } from '@trireme/adapter-http';
import { statusErrors } from '@trireme/api-machinery';
import type { NodeDialer } from '@trireme/apiserver';
import type { ApiClient } from '@trireme/client';
import type { HttpTransport } from '@trireme/ports';
import { nodes } from '@trireme/schema/resources';
import type { Node } from '@trireme/schema/types/core/v1';

/**
 * Reaches kubelets where their Node objects say they are, with a certificate that proves this is the apiserver. Transports
 * are kept by address, so that connections are reused.
 */
export function createNodeDialer(
  client: ApiClient,
  tls: { readonly ca: string; readonly cert: string; readonly key: string },
): NodeDialer {
  const byUrl = new Map<string, HttpTransport>();
  return async (nodeName) => {
    const url = urlOf(await client.resource(nodes).get({ name: nodeName }));
    if (!url) throw statusErrors.serviceUnavailable(`node ${nodeName} has not told its address yet`);
    const known = byUrl.get(url);
    if (known) return known;
    const transport = createHttpsTransport({ endpoints: [url], tls });
    byUrl.set(url, transport);
    return transport;
  };
}

function urlOf(node: Node): string | undefined {
  const address = node.status?.addresses?.find((each) => each.type === 'InternalIP')?.address;
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
  return address && port ? `https://${address}:${port}` : undefined;
}
