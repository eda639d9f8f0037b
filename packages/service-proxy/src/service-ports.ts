import type { Service, ServicePort } from '@trireme/schema/types/core/v1';
import type { EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { groupSlices, type Targets, targetsOf } from './endpoints.ts';
import type { Family } from './rule-set.ts';

/** One port of a Service with all that decides its rules. */
export interface ServicePortPlan {
  /** Parts of the names of its chains: namespace, name, protocol, port name. */
  readonly nameParts: readonly string[];
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly port: number;
  readonly clusterIp: string;
  /** Addresses from outside that lead to it: external IPs and those of load balancers. */
  readonly externalIps: readonly string[];
  readonly loadBalancerIps: readonly string[];
  /** Sources that may come in by a load balancer's address; empty means all. */
  readonly sourceRanges: readonly string[];
  readonly nodePort: number | undefined;
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  /** Absent without session affinity. */
  readonly affinitySeconds: number | undefined;
  readonly targets: Targets;
}

const proxyNameLabel = 'service.kubernetes.io/service-proxy-name';
const defaultAffinitySeconds = 10_800;

/** The ports of all Services that this proxy serves, sorted by their names. */
export function servicePorts(
  services: Iterable<Service>,
  endpointSlices: Iterable<EndpointSlice>,
  nodeName: string,
  family: Family,
): readonly ServicePortPlan[] {
  const slices = groupSlices(endpointSlices, family === 'ip' ? 'IPv4' : 'IPv6');
  return [...services].sort(byName).flatMap((service) => {
    const clusterIp = clusterIpOf(service, family);
    if (!clusterIp) return [];
    const own = slices.get(keyOf(service)) ?? [];
    return (service.spec?.ports ?? []).map((port) => planOf(service, port, clusterIp, own, nodeName, family));
  });
}

/** Undefined for Services that no proxy serves, that another one serves, or that have no address of this family. */
function clusterIpOf({ metadata, spec }: Service, family: Family): string | undefined {
  if (!spec || spec.type === 'ExternalName' || metadata.labels?.[proxyNameLabel] !== undefined) return undefined;
  const addresses = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return addresses.find((address) => address !== 'None' && isOfFamily(address, family));
}

function planOf(
  service: Service,
  port: ServicePort,
  clusterIp: string,
  slices: readonly EndpointSlice[],
  nodeName: string,
  family: Family,
): ServicePortPlan {
  const { metadata, spec = {} } = service;
  const protocol = port.protocol ?? 'TCP';
  const lowerProtocol = protocol.toLowerCase() as ServicePortPlan['protocol'];
  const hasNodePort = (spec.type === 'NodePort' || spec.type === 'LoadBalancer') && (port.nodePort ?? 0) > 0;
  const parts = [metadata.namespace ?? '', metadata.name, lowerProtocol];
  return {
    nameParts: port.name ? [...parts, port.name] : parts,
    protocol: lowerProtocol,
    port: port.port,
    clusterIp,
    externalIps: ofFamily(spec.externalIPs, family),
    loadBalancerIps: ofFamily(loadBalancerIps(service), family),
    sourceRanges: ofFamily(spec.loadBalancerSourceRanges, family),
    nodePort: hasNodePort ? port.nodePort : undefined,
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal: spec.externalTrafficPolicy === 'Local',
    affinitySeconds:
      spec.sessionAffinity === 'ClientIP'
        ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds)
        : undefined,
    targets: targetsOf(slices, port.name ?? '', protocol, nodeName),
  };
}

/** A load balancer of mode Proxy sends to the nodes itself; short-circuiting its address would go around it. */
function loadBalancerIps({ spec, status }: Service): readonly string[] {
  if (spec?.type !== 'LoadBalancer') return [];
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) => (ip && ipMode !== 'Proxy' ? [ip] : []));
}

function ofFamily(addresses: readonly string[] = [], family: Family): readonly string[] {
  return [...new Set(addresses.map((address) => address.trim()))]
    .filter((address) => isOfFamily(address, family))
    .sort();
}

function isOfFamily(address: string, family: Family): boolean {
  return address.includes(':') === (family === 'ip6');
}

function keyOf({ metadata }: Service): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function byName(a: Service, b: Service): number {
  const [left, right] = [keyOf(a), keyOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
