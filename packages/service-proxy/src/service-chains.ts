import { endpointText, type Target } from './endpoints.ts';
import type { Lookup } from './lookups.ts';
import { nftName } from './names.ts';
import type { Family, NftChain, NftSet } from './rule-set.ts';
import type { ServicePortPlan } from './service-ports.ts';

export interface ServiceChains {
  readonly chains: readonly NftChain[];
  readonly sets: readonly NftSet[];
  readonly lookups: readonly Lookup[];
}

export interface ChainContext {
  readonly family: Family;
  readonly clusterCidr: string;
  readonly masqueradeAll: boolean;
}

// Clients that one endpoint remembers at most.
const affinitySize = 65_535;

/**
 * The chains of one port of a Service: 'service' spreads over all endpoints, 'local' over this node's, 'external' decides
 * for traffic from outside between the two, and each endpoint has its own that translates.
 */
export function servicePortChains(plan: ServicePortPlan, context: ChainContext): ServiceChains {
  const { cluster, local } = plan.targets;
  const external = isExternal(plan);
  const needsCluster = cluster.length > 0 && (!plan.internalLocal || external);
  const needsLocal = local.length > 0 && (plan.internalLocal || (plan.externalLocal && external));
  const used = new Set([...(needsCluster ? cluster : []), ...(needsLocal ? local : [])]);
  return {
    chains: [
      ...(needsCluster ? [spreadChain(plan, 'service', cluster, context)] : []),
      ...(needsLocal ? [spreadChain(plan, 'local', local, context)] : []),
      ...(external && plan.targets.any ? [externalChain(plan, needsCluster, needsLocal, context)] : []),
      ...firewallChains(plan, context),
      ...[...used].map((target) => endpointChain(plan, target, context)),
    ],
    sets: plan.affinitySeconds === undefined ? [] : [...used].map((target) => affinitySet(plan, target, context)),
    lookups: [...internalLookups(plan), ...externalLookups(plan)],
  };
}

function isExternal({ externalIps, loadBalancerIps, nodePort }: ServicePortPlan): boolean {
  return externalIps.length + loadBalancerIps.length > 0 || nodePort !== undefined;
}

function spreadChain(
  plan: ServicePortPlan,
  kind: 'service' | 'local',
  targets: readonly Target[],
  { family, clusterCidr, masqueradeAll }: ChainContext,
): NftChain {
  const toClusterIp = `${family} daddr ${plan.clusterIp} ${plan.protocol} dport ${plan.port}`;
  const isInternal = kind === (plan.internalLocal ? 'local' : 'service');
  const fromOutside = masqueradeAll ? '' : ` ${family} saddr != ${clusterCidr}`;
  const sticky = plan.affinitySeconds === undefined ? [] : targets;
  const choices = targets.map((target, index) => `${index} : goto ${endpointName(plan, target)}`);
  return {
    name: nftName(kind, ...plan.nameParts),
    rules: [
      // Its answers must come back through this node, which alone knows the translation.
      ...(isInternal ? [`${toClusterIp}${fromOutside} jump mark-for-masquerade`] : []),
      ...sticky.map((target) => `${family} saddr @${affinityName(plan, target)} goto ${endpointName(plan, target)}`),
      `numgen random mod ${targets.length} vmap { ${choices.join(', ')} }`,
    ],
  };
}

/** Traffic from outside. What comes from this cluster may go anywhere even under the policy Local. */
function externalChain(
  plan: ServicePortPlan,
  hasCluster: boolean,
  hasLocal: boolean,
  { family, clusterCidr }: ChainContext,
): NftChain {
  const name = nftName('external', ...plan.nameParts);
  const toCluster = `goto ${nftName('service', ...plan.nameParts)}`;
  if (!plan.externalLocal) return { name, rules: ['jump mark-for-masquerade', ...(hasCluster ? [toCluster] : [])] };
  const shortcuts = [
    `${family} saddr ${clusterCidr} ${toCluster}`,
    'fib saddr type local jump mark-for-masquerade',
    `fib saddr type local ${toCluster}`,
  ];
  return {
    name,
    rules: [...(hasCluster ? shortcuts : []), ...(hasLocal ? [`goto ${nftName('local', ...plan.nameParts)}`] : [])],
  };
}

function endpointChain(plan: ServicePortPlan, target: Target, { family }: ChainContext): NftChain {
  const { affinitySeconds } = plan;
  const remember =
    affinitySeconds === undefined
      ? []
      : [`update @${affinityName(plan, target)} { ${family} saddr timeout ${affinitySeconds}s }`];
  return {
    name: endpointName(plan, target),
    rules: [
      // An endpoint that talks to itself through its Service would refuse packets from its own address.
      `${family} saddr ${target.address} jump mark-for-masquerade`,
      ...remember,
      `meta l4proto ${plan.protocol} dnat to ${endpointText(target)}`,
    ],
  };
}

function affinitySet(plan: ServicePortPlan, target: Target, { family }: ChainContext): NftSet {
  return {
    name: affinityName(plan, target),
    type: family === 'ip' ? 'ipv4_addr' : 'ipv6_addr',
    flags: 'dynamic,timeout',
    size: affinitySize,
    elements: new Map(),
  };
}

function firewallChains(plan: ServicePortPlan, { family }: ChainContext): readonly NftChain[] {
  if (!isFirewalled(plan)) return [];
  const rule = `${family} saddr != { ${plan.sourceRanges.join(', ')} } drop`;
  return [{ name: nftName('firewall', ...plan.nameParts), rules: [rule] }];
}

function isFirewalled({ sourceRanges, loadBalancerIps }: ServicePortPlan): boolean {
  return sourceRanges.length > 0 && loadBalancerIps.length > 0;
}

function internalLookups(plan: ServicePortPlan): readonly Lookup[] {
  const key = `${plan.clusterIp} . ${plan.protocol} . ${plan.port}`;
  const usable = plan.internalLocal ? plan.targets.local : plan.targets.cluster;
  if (usable.length === 0) return [{ map: 'no-endpoint-services', key, verdict: refusal(plan) }];
  const kind = plan.internalLocal ? 'local' : 'service';
  return [{ map: 'service-ips', key, verdict: `goto ${nftName(kind, ...plan.nameParts)}` }];
}

function externalLookups(plan: ServicePortPlan): readonly Lookup[] {
  const { protocol, port, nodePort, targets } = plan;
  const usable = plan.externalLocal ? targets.local : targets.cluster;
  const verdict = `goto ${nftName('external', ...plan.nameParts)}`;
  const address = (ip: string): string => `${ip} . ${protocol} . ${port}`;
  const keys = [...new Set([...plan.externalIps, ...plan.loadBalancerIps])].map(address);
  const guarded = isFirewalled(plan) ? plan.loadBalancerIps.map(address) : [];
  const firewall = `goto ${nftName('firewall', ...plan.nameParts)}`;
  const onNode = nodePort === undefined ? [] : [`${protocol} . ${nodePort}`];
  // Both may be there: the cluster's own traffic is translated, and what is left over meets the refusal.
  return [
    ...(targets.any ? keys.map((key): Lookup => ({ map: 'service-ips', key, verdict })) : []),
    ...(targets.any ? onNode.map((key): Lookup => ({ map: 'service-nodeports', key, verdict })) : []),
    ...(usable.length > 0
      ? []
      : keys.map((key): Lookup => ({ map: 'no-endpoint-services', key, verdict: refusal(plan) }))),
    ...(usable.length > 0
      ? []
      : onNode.map((key): Lookup => ({ map: 'no-endpoint-nodeports', key, verdict: refusal(plan) }))),
    ...guarded.map((key): Lookup => ({ map: 'firewall-ips', key, verdict: firewall })),
  ];
}

/** With endpoints on other nodes only, a refusal would tell the client that nobody serves it; silence makes it try elsewhere. */
function refusal({ targets }: ServicePortPlan): string {
  return targets.any ? 'drop' : 'goto reject-chain';
}

function endpointName(plan: ServicePortPlan, { address, port }: Target): string {
  return nftName('endpoint', ...plan.nameParts, address, String(port));
}

function affinityName(plan: ServicePortPlan, { address, port }: Target): string {
  return nftName('affinity', ...plan.nameParts, address, String(port));
}
