import type { Pod } from '@trireme/schema/types/core/v1';

export interface DnsSettings {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface ClusterDns {
  readonly servers: readonly string[];
  /** 'cluster.local' */
  readonly domain: string;
  /** The node's own resolv.conf. */
  readonly node: DnsSettings;
}

/** What a pod's resolv.conf says, by its dnsPolicy, with its dnsConfig on top. */
export function podDns(pod: Pod, cluster: ClusterDns): DnsSettings {
  const base = policySettings(pod, cluster);
  const config = pod.spec.dnsConfig;
  if (!config) return base;
  const asked = new Map((config.options ?? []).map((option) => [option.name ?? '', option.value]));
  const kept = base.options.filter((option) => !asked.has(option.split(':')[0] as string));
  const added = [...asked].map(([name, value]) => (value === undefined ? name : `${name}:${value}`));
  return {
    servers: unique([...base.servers, ...(config.nameservers ?? [])]),
    searches: unique([...base.searches, ...(config.searches ?? [])]),
    options: [...kept, ...added],
  };
}

function policySettings(pod: Pod, { servers, domain, node }: ClusterDns): DnsSettings {
  const { dnsPolicy = 'ClusterFirst', hostNetwork } = pod.spec;
  if (dnsPolicy === 'None') return { servers: [], searches: [], options: [] };
  const clusterFirst = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
  // Without a cluster DNS the node's own is the best there is.
  if (!clusterFirst || servers.length === 0) return node;
  const inCluster = [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain];
  return { servers, searches: unique([...inCluster, ...node.searches]), options: ['ndots:5'] };
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}

/** The hostname in the pod, and its domain where it has a subdomain. A Linux hostname holds 63 characters. */
export function podHostname(pod: Pod, clusterDomain: string): { readonly hostname: string; readonly domain: string } {
  const hostname = (pod.spec.hostname || pod.metadata.name).slice(0, 63).replace(/[-.]+$/, '');
  const { subdomain } = pod.spec;
  return { hostname, domain: subdomain ? `${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '' };
}

/** The hostname as the sandbox is given it: empty on the host network, where the node's own is kept. */
export function sandboxHostname(pod: Pod, clusterDomain: string): string {
  if (pod.spec.hostNetwork) return '';
  const { hostname, domain } = podHostname(pod, clusterDomain);
  return pod.spec.setHostnameAsFQDN && domain ? `${hostname}.${domain}` : hostname;
}

/** /etc/hosts of a pod. On the host network, the node's own file comes first. */
export function hostsFile(pod: Pod, podIps: readonly string[], clusterDomain: string, nodeHosts: string): string {
  const lines: string[] = [];
  if (pod.spec.hostNetwork) {
    lines.push('# Kubernetes-managed hosts file (host network).', nodeHosts.trimEnd());
  } else {
    lines.push(
      '# Kubernetes-managed hosts file.',
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      'fe00::0\tip6-localnet',
      'fe00::0\tip6-mcastprefix',
      'fe00::1\tip6-allnodes',
      'fe00::2\tip6-allrouters',
    );
    const { hostname, domain } = podHostname(pod, clusterDomain);
    for (const ip of podIps) lines.push(domain ? `${ip}\t${hostname}.${domain}\t${hostname}` : `${ip}\t${hostname}`);
  }
  const aliases = pod.spec.hostAliases ?? [];
  if (aliases.length > 0) lines.push('', '# Entries added by HostAliases.');
  for (const { ip, hostnames = [] } of aliases) lines.push([ip, ...hostnames].join('\t'));
  return `${lines.join('\n')}\n`;
}
