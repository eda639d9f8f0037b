import type { EndpointAddress, EndpointPort, EndpointSubset, Service } from '@trireme/schema/types/core/v1';
import { type Backend, hostnameOf, isHeadless, targetPortOn } from '../service/backend.ts';

/** Beyond this many addresses the legacy object is cut short; endpoint slices have them all. */
export const maxAddresses = 1000;

interface Group {
  readonly ports: readonly EndpointPort[];
  readonly ready: EndpointAddress[];
  readonly notReady: EndpointAddress[];
}

/** The backends as subsets: pods with the same ports together, in an order that does not depend on the view's. */
export function subsetsOf(service: Service, backends: readonly Backend[]): readonly EndpointSubset[] {
  const groups = new Map<string, Group>();
  const sorted = backends.toSorted((a, b) => compare(a.addresses[0] ?? '', b.addresses[0] ?? ''));
  for (const backend of sorted) {
    // Pods that are going show in slices only, unless whoever asks wants all.
    if (backend.terminating && !service.spec.publishNotReadyAddresses) continue;
    const ports = portsOf(service, backend);
    if (!ports) continue;
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, ready: [], notReady: [] };
    groups.set(key, group);
    (backend.ready ? group.ready : group.notReady).push(addressOf(service, backend));
  }
  return [...groups].toSorted(([a], [b]) => compare(a, b)).map(([, group]) => toSubset(group));
}

function toSubset({ ports, ready, notReady }: Group): EndpointSubset {
  return {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
}

/** Undefined where the pod has none of the service's ports; a headless service needs none. */
function portsOf(service: Service, { pod }: Backend): readonly EndpointPort[] | undefined {
  const asked = service.spec.ports ?? [];
  if (asked.length === 0) return isHeadless(service) ? [] : undefined;
  const ports = asked.flatMap((port): readonly EndpointPort[] => {
    const number = targetPortOn(pod, port);
    if (number === undefined) return [];
    const { name, protocol = 'TCP', appProtocol } = port;
    return [{ ...(name ? { name } : {}), port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
  return ports.length > 0 ? ports : undefined;
}

function addressOf(service: Service, { pod, addresses }: Backend): EndpointAddress {
  const { name, namespace, uid } = pod.metadata;
  const hostname = hostnameOf(pod, service);
  return {
    ip: addresses[0] ?? '',
    ...(hostname ? { hostname } : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** The first addresses that fit, ready ones before the others. */
export function truncate(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  let room = maxAddresses;
  const take = (addresses: readonly EndpointAddress[] | undefined): readonly EndpointAddress[] | undefined => {
    const taken = addresses?.slice(0, room);
    room -= taken?.length ?? 0;
    return taken?.length ? taken : undefined;
  };
  const ready = subsets.map(({ addresses }) => take(addresses));
  const notReady = subsets.map(({ notReadyAddresses }) => take(notReadyAddresses));
  return subsets
    .map(({ ports }, i) => ({ addresses: ready[i], notReadyAddresses: notReady[i], ports }))
    .filter(({ addresses, notReadyAddresses }) => addresses ?? notReadyAddresses);
}

export function countAddresses(subsets: readonly EndpointSubset[]): number {
  return subsets.reduce(
    (sum, { addresses, notReadyAddresses }) => sum + (addresses?.length ?? 0) + (notReadyAddresses?.length ?? 0),
    0,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
