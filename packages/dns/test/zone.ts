import type { Service, ServiceSpec } from '@trireme/schema/types/core/v1';
import type { Endpoint, EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { createDnsIndex, type DnsIndex } from '../src/index.ts';

export function service(name: string, spec: ServiceSpec, namespace = 'default'): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec };
}

export function slice(name: string, serviceName: string, endpoints: readonly Endpoint[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: endpoints[0]?.addresses[0]?.includes(':') ? 'IPv6' : 'IPv4',
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': serviceName } },
    endpoints,
    ports: [{ name: 'pg', port: 5432, protocol: 'TCP' }],
  };
}

const http = { name: 'http', port: 80, protocol: 'TCP' } as const;
const metrics = { name: 'Metrics', port: 9090, protocol: 'TCP' } as const;

/** A Service with an address, a headless one with two named pods and one without a name, aliases, an empty one. */
export function createZone(): DnsIndex {
  const index = createDnsIndex();
  index.setService(service('kubernetes', { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] }));
  index.setService(service('kube-dns', { clusterIP: '10.96.0.10' }, 'kube-system'));
  index.setService(service('web', { clusterIP: '10.96.0.20', ports: [http, metrics] }));
  index.setService(service('dual', { clusterIPs: ['10.96.0.21', 'fd00::21'], ports: [http] }));
  index.setService(service('db', { clusterIP: 'None', ports: [{ name: 'pg', port: 5432 }] }));
  index.setService(service('empty', { clusterIP: 'None' }));
  index.setService(service('alias', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }));
  index.setService(service('away', { type: 'ExternalName', externalName: 'Example.com.' }));
  index.setService(service('loop', { type: 'ExternalName', externalName: 'loop.default.svc.cluster.local' }));
  index.setSlice(
    slice('db-1', 'db', [
      { addresses: ['10.244.0.5'], hostname: 'db-0' },
      { addresses: ['10.244.1.6'], hostname: 'db-1', conditions: { ready: true } },
      { addresses: ['10.244.1.9'], hostname: 'db-2', conditions: { ready: false } },
    ]),
  );
  index.setSlice(slice('db-2', 'db', [{ addresses: ['10.244.1.7'] }]));
  index.setSlice(slice('web-1', 'web', [{ addresses: ['10.244.0.8'], hostname: 'web-0' }]));
  return index;
}
