/**
 * A node's service proxy and DNS: they watch the cluster, let the pure cores decide, and give the result to the kernel or
 * to whoever asks.
 *
 * @example
 * import { createDnsHost, createProxyHost, publishClusterDns } from '@trireme/proxy-host';
 *
 * const node = { nodeName: 'n1', nodeAddresses: ['10.0.0.2'], podCidr: '10.244.0.0/24' };
 * const ranges = { clusterCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/12' };
 * const proxy = createProxyHost({ informers, nft, conntrack, routes, time, logger }, { ...node, ...ranges });
 * const dns = createDnsHost({ informers, logger }, { clusterDomain: 'cluster.local' });
 * await Promise.all([proxy.start(), dns.start()]);
 * const published = publishClusterDns({ client, informers, time, logger }, { nodeName: 'n1', nodeAddress: '10.0.0.2', dnsAddress: '10.96.0.10' });
 * await published.start();
 */
export type { ClusterDnsOptions } from './cluster-dns-objects.ts';
export {
  createDnsHost,
  type DnsHost,
  type DnsHostDeps,
  type DnsHostOptions,
} from './create-dns-host.ts';
export {
  createProxyHost,
  type ProxyHost,
  type ProxyHostDeps,
  type ProxyHostOptions,
  type ProxyMetrics,
} from './create-proxy-host.ts';
export {
  type ClusterDnsDeps,
  type ClusterDnsPublisher,
  publishClusterDns,
} from './publish-cluster-dns.ts';
