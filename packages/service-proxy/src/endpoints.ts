import type { Endpoint, EndpointSlice } from '@trireme/schema/types/discovery/v1';

/** One place that packets for a port of a Service can go to. */
export interface Target {
  readonly address: string;
  readonly port: number;
  readonly ready: boolean;
  /** It ends, but still answers: used where nothing better is left. */
  readonly servingTerminating: boolean;
  readonly local: boolean;
}

/** The targets of one port of a Service on this node, as its policies see them. */
export interface Targets {
  /** For traffic that may go to any node. */
  readonly cluster: readonly Target[];
  /** For traffic that must stay on this node. */
  readonly local: readonly Target[];
  /** Some node has a target, so that traffic without one here is dropped rather than rejected. */
  readonly any: boolean;
}

const serviceNameLabel = 'kubernetes.io/service-name';
const headlessLabel = 'service.kubernetes.io/headless';

/** Slices by 'namespace/service', without those of another IP version or of headless Services. */
export function groupSlices(
  slices: Iterable<EndpointSlice>,
  addressType: EndpointSlice['addressType'],
): ReadonlyMap<string, readonly EndpointSlice[]> {
  const groups = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const { labels = {}, namespace = '' } = slice.metadata;
    const service = labels[serviceNameLabel];
    if (!service || slice.addressType !== addressType || headlessLabel in labels) continue;
    const key = `${namespace}/${service}`;
    const group = groups.get(key);
    if (group) group.push(slice);
    else groups.set(key, [slice]);
  }
  return groups;
}

/** What the slices of a Service hold for its port of this name and protocol. */
export function targetsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: string,
  nodeName: string,
): Targets {
  const found = new Map<string, Target>();
  for (const slice of slices) {
    const slicePort = slice.ports?.find(
      (port) => (port.name ?? '') === portName && (port.protocol ?? 'TCP') === protocol,
    );
    if (slicePort?.port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const target = targetOf(endpoint, slicePort.port, nodeName);
      if (!target) continue;
      const key = endpointText(target);
      const known = found.get(key);
      // An endpoint that moves from one slice to another is in both for a moment; the better news counts.
      if (!known || (target.ready && !known.ready)) found.set(key, target);
    }
  }
  const all = [...found.values()].sort(byPlace);
  return {
    cluster: usable(all),
    local: usable(all.filter((target) => target.local)),
    any: usable(all).length > 0,
  };
}

/** '10.244.0.5:80', '[fd00::5]:80'. */
export function endpointText({ address, port }: Pick<Target, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function targetOf(endpoint: Endpoint, port: number, nodeName: string): Target | undefined {
  const [address] = endpoint.addresses;
  if (!address) return undefined;
  const { ready = true, serving = ready, terminating = false } = endpoint.conditions ?? {};
  return {
    address,
    port,
    ready,
    servingTerminating: serving && terminating,
    local: endpoint.nodeName === nodeName,
  };
}

/** The ready ones; where there is none, those that end but still answer (KEP-1669). */
function usable(targets: readonly Target[]): readonly Target[] {
  const ready = targets.filter((target) => target.ready);
  return ready.length > 0 ? ready : targets.filter((target) => target.servingTerminating);
}

function byPlace(a: Target, b: Target): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.port - b.port;
}
