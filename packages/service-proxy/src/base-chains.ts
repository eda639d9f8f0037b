import type { Family, NftChain } from './rule-set.ts';

export interface BaseContext {
  readonly family: Family;
  readonly nodeAddresses: readonly string[];
  readonly podCidr?: string | undefined;
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  readonly nodePortsOn: 'every-address' | 'node-addresses';
}

// The bit of the packet's mark that asks for masquerade; upstream's proxies use the same, so that firewalls know it.
const masqueradeMark = '0x4000';

/** The chains that are there whatever the Services are. */
export function baseChains(context: BaseContext): readonly NftChain[] {
  return [...hookChains(), ...lookupChains(context), ...masqueradeChains(context)];
}

/**
 * Where the kernel enters the table. The firewall sees packets before they are translated; what is refused for want of an
 * endpoint is what the translation has left alone.
 */
function hookChains(): readonly NftChain[] {
  const hook = (type: 'filter' | 'nat', at: string, priority: string): string =>
    `type ${type} hook ${at} priority ${priority}; policy accept`;
  return [
    { name: 'nat-prerouting', hook: hook('nat', 'prerouting', 'dstnat'), rules: ['jump services'] },
    { name: 'nat-output', hook: hook('nat', 'output', '-100'), rules: ['jump services'] },
    { name: 'nat-postrouting', hook: hook('nat', 'postrouting', 'srcnat'), rules: ['jump masquerading'] },
    {
      name: 'filter-prerouting',
      hook: hook('filter', 'prerouting', '-110'),
      rules: ['ct state new jump firewall-check'],
    },
    {
      name: 'filter-input',
      hook: hook('filter', 'input', '-110'),
      rules: ['ct state new jump nodeport-endpoints-check', 'ct state new jump service-endpoints-check'],
    },
    {
      name: 'filter-forward',
      hook: hook('filter', 'forward', '-110'),
      rules: ['ct state new jump service-endpoints-check', 'ct state new jump cluster-ips-check'],
    },
    {
      name: 'filter-output',
      hook: hook('filter', 'output', '-110'),
      rules: ['ct state new jump firewall-check'],
    },
    {
      name: 'filter-output-post-dnat',
      hook: hook('filter', 'output', '-90'),
      rules: ['ct state new jump service-endpoints-check', 'ct state new jump cluster-ips-check'],
    },
  ];
}

function lookupChains({ family, nodeAddresses, serviceCidr, nodePortsOn }: BaseContext): readonly NftChain[] {
  const byService = `${family} daddr . meta l4proto . th dport vmap`;
  const loopback = family === 'ip' ? '127.0.0.0/8' : '::1';
  const onFamily = nodeAddresses.filter((address) => address.includes(':') === (family === 'ip6'));
  const toNode =
    nodePortsOn === 'every-address'
      ? `fib daddr type local ${family} daddr != ${loopback}`
      : `${family} daddr { ${[...onFamily].sort().join(', ')} }`;
  const byNodePort = (map: string): readonly string[] =>
    nodePortsOn === 'node-addresses' && onFamily.length === 0 ? [] : [`${toNode} meta l4proto . th dport vmap @${map}`];
  return [
    { name: 'services', rules: [`${byService} @service-ips`, ...byNodePort('service-nodeports')] },
    { name: 'firewall-check', rules: [`${byService} @firewall-ips`] },
    { name: 'service-endpoints-check', rules: [`${byService} @no-endpoint-services`] },
    { name: 'nodeport-endpoints-check', rules: byNodePort('no-endpoint-nodeports') },
    // What no chain has translated by now is for no Service.
    { name: 'cluster-ips-check', rules: [`${family} daddr ${serviceCidr} goto reject-chain`] },
    { name: 'reject-chain', rules: ['meta l4proto tcp reject with tcp reset', 'reject'] },
  ];
}

function masqueradeChains({ family, podCidr, clusterCidr }: BaseContext): readonly NftChain[] {
  const multicast = family === 'ip' ? '224.0.0.0/4' : 'ff00::/8';
  const own = podCidr === undefined || podCidr === clusterCidr ? '' : `${family} daddr != ${podCidr} `;
  const leaving = `${family} daddr != ${clusterCidr} ${own}${family} daddr != ${multicast}`;
  return [
    { name: 'mark-for-masquerade', rules: [`meta mark set meta mark or ${masqueradeMark}`] },
    {
      name: 'masquerading',
      rules: [
        // The mark is taken off again, for the packet may come by once more in a tunnel.
        `meta mark and ${masqueradeMark} == ${masqueradeMark} meta mark set meta mark xor ${masqueradeMark} masquerade fully-random`,
        ...(podCidr === undefined ? [] : [`${family} saddr ${podCidr} ${leaving} masquerade fully-random`]),
      ],
    },
  ];
}
