import { parseTime, timeText } from '@trireme/api-machinery';
import { nodes } from '@trireme/schema/resources';
import type { Service } from '@trireme/schema/types/core/v1';
import type { Endpoint, EndpointPort } from '@trireme/schema/types/discovery/v1';
import type { View } from '../controller.ts';
import { type Backend, hostnameOf, isHeadless, targetPortOn } from '../service/backend.ts';

export type AddressType = 'IPv4' | 'IPv6';

/** Endpoints that share their ports, which is what one set of slices holds. */
export interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** The families in which a service is reached. A headless service without a choice is where its pods are. */
export function addressTypesOf(service: Service, backends: readonly Backend[]): readonly AddressType[] {
  const { ipFamilies, clusterIPs = [] } = service.spec;
  if (ipFamilies && ipFamilies.length > 0) return ipFamilies as readonly AddressType[];
  const addresses = isHeadless(service) ? backends.flatMap((backend) => backend.addresses) : clusterIPs;
  const types = new Set(addresses.filter((address) => address !== '' && address !== 'None').map(addressTypeOf));
  return types.size > 0 ? [...types] : ['IPv4'];
}

function addressTypeOf(address: string): AddressType {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

export function portGroups(
  service: Service,
  backends: readonly Backend[],
  type: AddressType,
  view: View,
): ReadonlyMap<string, PortGroup> {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  for (const backend of backends) {
    const address = backend.addresses.find((candidate) => addressTypeOf(candidate) === type);
    if (address === undefined) continue;
    const ports = portsOf(service, backend);
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push(endpointOf(service, backend, address, view));
  }
  return groups;
}

/** Equal for equal ports, in whatever order a slice lists them. */
export function portsKey(ports: readonly EndpointPort[] | undefined): string {
  const texts = (ports ?? []).map(({ name = '', protocol = 'TCP', port, appProtocol = '' }) =>
    [name, protocol, port, appProtocol].join('/'),
  );
  return texts.toSorted().join(',');
}

function portsOf(service: Service, { pod }: Backend): readonly EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port): readonly EndpointPort[] => {
    const number = targetPortOn(pod, port);
    if (number === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = port;
    return [{ name, port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
}

function endpointOf(service: Service, backend: Backend, address: string, view: View): Endpoint {
  const { pod, ready, serving, terminating } = backend;
  const { name, namespace, uid } = pod.metadata;
  const { nodeName } = pod.spec;
  const hostname = hostnameOf(pod, service);
  const zone = nodeName && view.get(nodes, nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'];
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** When the newest change happened that the slices now carry: programs measure their own delay from it. */
export function lastChangeTime(service: Service, backends: readonly Backend[]): string | undefined {
  const times = backends.flatMap(({ pod }) =>
    (pod.status?.conditions ?? []).filter(({ type }) => type === 'Ready').map((each) => each.lastTransitionTime),
  );
  const known = [service.metadata.creationTimestamp, ...times].map(parseTime).filter((ms) => ms !== undefined);
  return known.length > 0 ? timeText(Math.max(...known)) : undefined;
}
