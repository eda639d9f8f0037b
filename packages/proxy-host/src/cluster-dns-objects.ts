import type { Node, Service } from '@trireme/schema/types/core/v1';
import type { EndpointSlice } from '@trireme/schema/types/discovery/v1';

export interface ClusterDnsOptions {
  readonly nodeName: string;
  /** Where this node's DNS listens. */
  readonly nodeAddress: string;
  /** The cluster IP that pods have in their resolv.conf. */
  readonly dnsAddress: string;
  /** Default 10053. */
  readonly port?: number | undefined;
}

export const dnsNamespace = 'kube-system';
// Upstream's name and label, which tools and policies look for.
export const dnsName = 'kube-dns';
const defaultPort = 10_053;

export function sliceName(nodeName: string): string {
  return `${dnsName}-${nodeName}`;
}

export function dnsService({ dnsAddress, port = defaultPort }: ClusterDnsOptions): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: dnsName,
      namespace: dnsNamespace,
      labels: { 'k8s-app': dnsName, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: dnsAddress,
      clusterIPs: [dnsAddress],
      internalTrafficPolicy: 'Local',
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: port },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: port },
      ],
    },
  };
}

/** This node's endpoint. It goes with its Node, where that is known. */
export function dnsSlice(options: ClusterDnsOptions, node: Node | undefined): EndpointSlice {
  const { nodeName, nodeAddress, port = defaultPort } = options;
  const owner = node?.metadata.uid
    ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid }] }
    : {};
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: sliceName(nodeName),
      namespace: dnsNamespace,
      labels: {
        'kubernetes.io/service-name': dnsName,
        'endpointslice.kubernetes.io/managed-by': 'dns.trireme',
        'k8s-app': dnsName,
      },
      ...owner,
    },
    addressType: nodeAddress.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [
      {
        addresses: [nodeAddress],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName,
      },
    ],
    ports: [
      { name: 'dns', port, protocol: 'UDP' },
      { name: 'dns-tcp', port, protocol: 'TCP' },
    ],
  };
}
