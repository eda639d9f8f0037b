import type { Service, ServicePort, ServiceSpec } from '@trireme/schema/types/core/v1';
import type { Endpoint, EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { type RuleSet, serviceRules } from '@trireme/service-proxy';
import { addresses } from './world.ts';

const port = 8080;

/** A Service 'default/NAME' with a port 80 of both TCP and UDP, and a slice of these endpoints. */
export function web(
  name: string,
  spec: Partial<ServiceSpec>,
  endpoints: readonly (string | Endpoint)[],
  nodePort?: number,
): readonly [Service, EndpointSlice] {
  const ports = (['TCP', 'UDP'] as const).map(
    (protocol): ServicePort => ({
      name: protocol.toLowerCase(),
      port: 80,
      protocol,
      ...(nodePort ? { nodePort } : {}),
    }),
  );
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ...(nodePort ? { type: 'NodePort' as const } : {}), ports, ...spec },
  };
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: ports.map(({ name: portName, protocol }) => ({ name: portName, protocol, port })),
    endpoints: endpoints.map((each) => (typeof each === 'string' ? { addresses: [each], nodeName: 'n1' } : each)),
  };
  return [service, slice];
}

export function rulesFor(...pairs: readonly (readonly [Service, EndpointSlice])[]): RuleSet {
  return serviceRules({
    services: pairs.map(([service]) => service),
    endpointSlices: pairs.map(([, slice]) => slice),
    nodeName: 'n1',
    nodeAddresses: [addresses.node],
    podCidr: addresses.podCidr,
    clusterCidr: addresses.clusterCidr,
    serviceCidr: addresses.serviceCidr,
  });
}
