import type { Family, NftSet } from './rule-set.ts';

/** An entry of one of the maps that packets are looked up in. */
export interface Lookup {
  readonly map: keyof typeof lookupKeys;
  readonly key: string;
  readonly verdict: string;
}

const lookupKeys = {
  'firewall-ips': 'ADDRESS . inet_proto . inet_service',
  'no-endpoint-nodeports': 'inet_proto . inet_service',
  'no-endpoint-services': 'ADDRESS . inet_proto . inet_service',
  'service-ips': 'ADDRESS . inet_proto . inet_service',
  'service-nodeports': 'inet_proto . inet_service',
};

/** All the maps, empty ones too: the chains name them. */
export function lookupSets(lookups: readonly Lookup[], family: Family): readonly NftSet[] {
  const address = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr';
  const byMap = Map.groupBy(lookups, ({ map }) => map);
  return (Object.keys(lookupKeys) as (keyof typeof lookupKeys)[]).map((name) => {
    const elements = new Map<string, string>();
    // Two Services may claim one external address and port: the first by name has it.
    for (const { key, verdict } of byMap.get(name) ?? []) if (!elements.has(key)) elements.set(key, verdict);
    return { name, type: `${lookupKeys[name].replace('ADDRESS', address)} : verdict`, elements };
  });
}
