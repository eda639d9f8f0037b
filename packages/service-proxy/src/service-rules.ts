import type { Service } from '@trireme/schema/types/core/v1';
import type { EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { type BaseContext, baseChains } from './base-chains.ts';
import { endpointText } from './endpoints.ts';
import { lookupSets } from './lookups.ts';
import type { Family, NftChain, RuleSet, UdpFrontend } from './rule-set.ts';
import { servicePortChains } from './service-chains.ts';
import { type ServicePortPlan, servicePorts } from './service-ports.ts';

export interface ServiceRulesInput {
  readonly services: Iterable<Service>;
  readonly endpointSlices: Iterable<EndpointSlice>;
  readonly nodeName: string;
  readonly nodeAddresses: readonly string[];
  /** This node's; absent while it has none. */
  readonly podCidr?: string | undefined;
  /** Of the pods of all nodes. Traffic for Services from elsewhere is masqueraded, and so is that of pods to elsewhere. */
  readonly clusterCidr: string;
  /** Packets for addresses in it that no Service has are rejected. */
  readonly serviceCidr: string;
  readonly options?: ServiceRulesOptions | undefined;
}

export interface ServiceRulesOptions {
  /** Default ip. */
  readonly family?: Family | undefined;
  /** Default trireme. */
  readonly table?: string | undefined;
  /** Node ports on every address of the node but loopback, or on `nodeAddresses` only. Default every-address. */
  readonly nodePortsOn?: 'every-address' | 'node-addresses' | undefined;
  /** Masquerades all traffic to cluster IPs, for networks that do not route pods to pods. Default false. */
  readonly masqueradeAll?: boolean | undefined;
}

/** The whole table for a node. */
export function serviceRules(input: ServiceRulesInput): RuleSet {
  const { family = 'ip', table = 'trireme', masqueradeAll = false } = input.options ?? {};
  const ports = servicePorts(input.services, input.endpointSlices, input.nodeName, family);
  const context: BaseContext = { ...input, family, nodePortsOn: input.options?.nodePortsOn ?? 'every-address' };
  const made = ports.map((port) => servicePortChains(port, { family, clusterCidr: input.clusterCidr, masqueradeAll }));
  return {
    family,
    table,
    sets: [
      ...lookupSets(
        made.flatMap(({ lookups }) => lookups),
        family,
      ),
      ...made.flatMap(({ sets }) => sets),
    ],
    chains: sorted([...baseChains(context), ...made.flatMap(({ chains }) => chains)]),
    udp: ports.filter(({ protocol }) => protocol === 'udp').flatMap(udpFrontends),
  };
}

function udpFrontends({
  clusterIp,
  externalIps,
  loadBalancerIps,
  port,
  nodePort,
  targets,
}: ServicePortPlan): readonly UdpFrontend[] {
  const both = new Set([...targets.cluster, ...targets.local].map(endpointText));
  const endpoints = [...both].sort();
  const addresses = [clusterIp, ...externalIps, ...loadBalancerIps];
  const frontends = addresses.map((address): UdpFrontend => ({ address, port, endpoints }));
  return nodePort === undefined ? frontends : [...frontends, { port: nodePort, endpoints }];
}

function sorted(chains: readonly NftChain[]): readonly NftChain[] {
  // An endpoint's chain appears once even where two chains of its Service lead to it.
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
