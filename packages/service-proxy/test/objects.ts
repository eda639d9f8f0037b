import type { Service, ServiceSpec } from '@trireme/schema/types/core/v1';
import type { Endpoint, EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { type RuleSet, type ServiceRulesOptions, serviceRules } from '../src/index.ts';

export const http = { name: 'http', port: 80, protocol: 'TCP' } as const;
export const dns = { name: 'dns', port: 53, protocol: 'UDP' } as const;

export function service(name: string, spec: ServiceSpec, more: Partial<Service> = {}): Service {
  const clusterIP = '10.96.0.20';
  const metadata = { name, namespace: 'default', ...more.metadata };
  return { apiVersion: 'v1', kind: 'Service', ...more, metadata, spec: { clusterIP, ports: [http], ...spec } };
}

/** '10.244.0.5' is on this node, n1; '10.244.1.6' on another. */
export function slice(
  name: string,
  endpoints: readonly (string | Endpoint)[],
  more: Partial<EndpointSlice> = {},
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: 'IPv4',
    metadata: { name: `${name}-x`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    ports: [
      { name: 'http', port: 8080, protocol: 'TCP' },
      { name: 'dns', port: 5353, protocol: 'UDP' },
    ],
    endpoints: endpoints.map((each) => (typeof each === 'string' ? endpoint(each) : each)),
    ...more,
  };
}

export function endpoint(address: string, conditions: Endpoint['conditions'] = {}): Endpoint {
  return { addresses: [address], conditions, nodeName: address.startsWith('10.244.0.') ? 'n1' : 'n2' };
}

export function rules(
  services: readonly Service[],
  endpointSlices: readonly EndpointSlice[],
  options?: ServiceRulesOptions,
): RuleSet {
  return serviceRules({
    services,
    endpointSlices,
    nodeName: 'n1',
    nodeAddresses: ['10.0.0.2'],
    podCidr: '10.244.0.0/24',
    clusterCidr: '10.244.0.0/16',
    serviceCidr: '10.96.0.0/12',
    options,
  });
}
