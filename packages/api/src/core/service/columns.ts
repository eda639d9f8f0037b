import type { Service, ServicePort } from '@trireme/schema/types/core/v1';
import { ageColumn, formatLabels, nameColumn, orNone } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';

function loadBalancerCell(service: Service): string {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const assigned = [...new Set(ingress.map(({ ip, hostname }) => ip || hostname || '').filter(Boolean))].sort();
  const all = [...assigned, ...(service.spec.externalIPs ?? [])];
  return all.length > 0 ? all.join(',') : '<pending>';
}

function externalIpCell(service: Service): string {
  switch (service.spec.type) {
    case 'LoadBalancer':
      return loadBalancerCell(service);
    case 'ExternalName':
      return service.spec.externalName ?? '';
    case 'ClusterIP':
    case 'NodePort':
      return orNone(service.spec.externalIPs?.join(','));
    default:
      return '<unknown>';
  }
}

function portCell({ port, nodePort, protocol }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}

export const serviceColumns = defineColumns<Service>([
  nameColumn,
  { name: 'Type', description: 'How the service is reached.', cell: (service) => service.spec.type ?? '' },
  {
    name: 'Cluster-IP',
    description: 'Its address inside the cluster.',
    cell: (service) => orNone(service.spec.clusterIPs?.[0]),
  },
  { name: 'External-IP', description: 'Its addresses from outside.', cell: externalIpCell },
  {
    name: 'Port(s)',
    description: 'Its ports, with the port on every node where there is one.',
    cell: (service) => orNone(service.spec.ports?.map(portCell).join(',')),
  },
  ageColumn,
  {
    name: 'Selector',
    wide: true,
    description: 'The labels of the pods behind it.',
    cell: (service) => formatLabels(service.spec.selector),
  },
]);
