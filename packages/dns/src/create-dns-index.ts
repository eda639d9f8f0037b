import type { Service, ServicePort } from '@trireme/schema/types/core/v1';
import type { Endpoint, EndpointPort, EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { addressLabel } from './addresses.ts';
import type { DnsEndpoint, DnsPort, DnsService, DnsView } from './view.ts';

/** A view that follows the cluster object by object; each change costs what the object holds. */
export interface DnsIndex {
  readonly view: DnsView;
  setService(service: Service): void;
  removeService(service: Service): void;
  setSlice(slice: EndpointSlice): void;
  removeSlice(slice: EndpointSlice): void;
}

interface SliceEntry {
  readonly serviceKey: string;
  readonly endpoints: readonly DnsEndpoint[];
  /** The names that lead back from its addresses. */
  readonly reverse: readonly (readonly [address: string, labels: readonly string[]])[];
}

const none: readonly never[] = [];

export function createDnsIndex(): DnsIndex {
  const services = new Map<string, DnsService>();
  const namespaces = new Map<string, number>();
  const slices = new Map<string, SliceEntry>();
  const slicesOf = new Map<string, Map<string, SliceEntry>>();
  const names = new Map<string, (readonly string[])[]>();
  let serial = 1;

  const addName = (address: string, labels: readonly string[]): void => {
    names.set(address, [...(names.get(address) ?? none), labels]);
  };
  const dropName = (address: string, labels: readonly string[]): void => {
    const kept = (names.get(address) ?? none).filter((each) => each !== labels);
    if (kept.length === 0) names.delete(address);
    else names.set(address, kept);
  };
  const count = (namespace: string, by: number): void => {
    const next = (namespaces.get(namespace) ?? 0) + by;
    if (next === 0) namespaces.delete(namespace);
    else namespaces.set(namespace, next);
  };
  /** The labels of a Service's cluster IPs, one array for all of them so that they can be found again. */
  const serviceLabels = new Map<string, readonly string[]>();

  const removeService = (key: string): void => {
    const old = services.get(key);
    const labels = serviceLabels.get(key);
    if (!old || !labels) return;
    services.delete(key);
    serviceLabels.delete(key);
    count(old.namespace, -1);
    for (const ip of old.clusterIps) dropName(ip, labels);
  };
  const removeSlice = (key: string): void => {
    const old = slices.get(key);
    if (!old) return;
    slices.delete(key);
    for (const [address, labels] of old.reverse) dropName(address, labels);
    const siblings = slicesOf.get(old.serviceKey);
    siblings?.delete(key);
    if (siblings?.size === 0) slicesOf.delete(old.serviceKey);
  };

  return {
    view: {
      service: (namespace, name) => services.get(`${namespace}/${name}`),
      endpoints: (namespace, name) => distinct([...(slicesOf.get(`${namespace}/${name}`)?.values() ?? none)]),
      namesOf: (address) => names.get(address) ?? none,
      hasNamespace: (namespace) => namespaces.has(namespace),
      get serial() {
        return serial;
      },
    },
    setService(service) {
      serial++;
      const key = keyOf(service);
      removeService(key);
      const made = serviceOf(service);
      const labels = [made.name, made.namespace, 'svc'];
      services.set(key, made);
      serviceLabels.set(key, labels);
      count(made.namespace, 1);
      for (const ip of made.clusterIps) addName(ip, labels);
    },
    removeService(service) {
      serial++;
      removeService(keyOf(service));
    },
    setSlice(slice) {
      serial++;
      const key = keyOf(slice);
      removeSlice(key);
      const entry = entryOf(slice);
      if (!entry) return;
      slices.set(key, entry);
      const siblings = slicesOf.get(entry.serviceKey) ?? new Map<string, SliceEntry>();
      slicesOf.set(entry.serviceKey, siblings.set(key, entry));
      for (const [address, labels] of entry.reverse) addName(address, labels);
    },
    removeSlice(slice) {
      serial++;
      removeSlice(keyOf(slice));
    },
  };
}

function keyOf({ metadata }: Service | EndpointSlice): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function serviceOf({ metadata, spec = {} }: Service): DnsService {
  const isExternal = spec.type === 'ExternalName';
  const ips = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    clusterIps: isExternal ? [] : ips.filter((ip) => ip !== 'None' && ip !== ''),
    externalName: isExternal ? spec.externalName?.toLowerCase().replace(/\.$/, '') : undefined,
    ports: (spec.ports ?? []).map(portOf),
  };
}

function portOf({ name = '', protocol = 'TCP', port = 0 }: ServicePort | EndpointPort): DnsPort {
  return { name: name.toLowerCase(), protocol: protocol.toLowerCase(), port };
}

function entryOf({ metadata, addressType, ports, endpoints }: EndpointSlice): SliceEntry | undefined {
  const service = metadata.labels?.['kubernetes.io/service-name'];
  if (!service || addressType === 'FQDN') return undefined;
  const namespace = metadata.namespace ?? '';
  const dnsPorts = (ports ?? []).map(portOf);
  const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
  return {
    serviceKey: `${namespace}/${service}`,
    endpoints: ready.flatMap((endpoint) => endpointsOf(endpoint, dnsPorts)),
    // An endpoint has a name of its own only where its pod was given one; several Services may select one pod.
    reverse: ready.flatMap(({ addresses, hostname }) =>
      hostname ? addresses.map((address) => [address, [hostname, service, namespace, 'svc']] as const) : [],
    ),
  };
}

function endpointsOf({ addresses, hostname }: Endpoint, ports: readonly DnsPort[]): readonly DnsEndpoint[] {
  return addresses.map((address) => ({ address, label: hostname?.toLowerCase() || addressLabel(address), ports }));
}

/** An endpoint that moves between slices is in both for a moment. */
function distinct(entries: readonly SliceEntry[]): readonly DnsEndpoint[] {
  const [only] = entries;
  if (!only) return none;
  if (entries.length === 1) return only.endpoints;
  const seen = new Map<string, DnsEndpoint>();
  for (const endpoint of entries.flatMap(({ endpoints }) => endpoints)) {
    const ports = endpoint.ports.map(({ name, port }) => `${name}=${port}`).join();
    seen.set(`${endpoint.address} ${endpoint.label} ${ports}`, endpoint);
  }
  return [...seen.values()];
}
