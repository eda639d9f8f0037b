import { type FieldError, fieldErrors, fieldPath } from '@trireme/api-machinery';
import { CodedError, parseCidr } from '@trireme/base';
import type { Compare, Op, Random } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import type { Service, ServiceSpec } from '@trireme/schema/types/core/v1';
import type { ObjectFeed } from '../store/object-feed.ts';
import type { AlsoWrite } from '../store/object-store.ts';
import { createNumberPool, type NumberPool } from './number-pool.ts';

/** Gives Services their cluster addresses and node ports. */
export interface ServiceAllocator {
  /** Fills in what the object leaves to the server; findings go to `errors`. */
  allocate(
    object: ApiObject,
    old: ApiObject | undefined,
    errors: FieldError[],
    dryRun: boolean,
  ): Promise<{ readonly object: ApiObject; readonly also?: AlsoWrite | undefined }>;
  release(old: ApiObject): AlsoWrite | undefined;
}

export interface ServiceRanges {
  /** IPv4: '10.96.0.0/12'. */
  readonly serviceCidr: string;
  readonly nodePorts: { readonly from: number; readonly to: number };
}

interface Pools {
  readonly addresses: NumberPool;
  readonly ports: NumberPool;
  readonly firstAddress: number;
  readonly ranges: ServiceRanges;
}

/** What one write takes and gives back. */
interface Transfer {
  readonly compare: Compare[];
  readonly ops: Op[];
}

export function createServiceAllocator(
  deps: { readonly feed: ObjectFeed; readonly random: Random },
  ranges: ServiceRanges,
): ServiceAllocator {
  const pools = createPools(deps.feed, deps.random, ranges);
  // A reservation was lost to another write: once the caches show it, the next decision avoids it, or says so.
  const refused = async (): Promise<void> => {
    await deps.feed.whenCurrent();
  };
  const alsoOf = ({ compare, ops }: Transfer): AlsoWrite | undefined =>
    ops.length === 0 ? undefined : { compare, ops, refused };
  return {
    async allocate(object, old, errors) {
      const before = old as Service | undefined;
      const transfer: Transfer = { compare: [], ops: [] };
      const owner = `${object.metadata.namespace}/${object.metadata.name}`;
      const withAddress = allocateAddress(pools, object as Service, before, owner, transfer, errors);
      const withPorts = allocatePorts(pools, withAddress, before, owner, transfer, errors);
      return { object: withPorts as ApiObject, also: alsoOf(transfer) };
    },
    release(old) {
      const transfer: Transfer = { compare: [], ops: [] };
      const service = old as Service;
      for (const address of addressesOf(service)) giveBackAddress(pools, address, transfer);
      for (const port of portsOf(service)) transfer.ops.push(pools.ports.giveBack(port - ranges.nodePorts.from));
      return alsoOf(transfer);
    },
  };
}

function createPools(feed: ObjectFeed, random: Random, ranges: ServiceRanges): Pools {
  const { first, size } = serviceRange(ranges.serviceCidr);
  const { from, to } = ranges.nodePorts;
  const portCount = to - from + 1;
  return {
    ranges,
    firstAddress: first,
    addresses: createNumberPool(feed, random, {
      name: 'clusterips',
      size: size - 1,
      staticBand: Math.min(Math.max(16, Math.floor(size / 16)), 256, size - 1),
      label: (offset) => formatAddress(first + offset),
    }),
    ports: createNumberPool(feed, random, {
      name: 'nodeports',
      size: portCount,
      staticBand: Math.min(Math.max(16, Math.floor(portCount / 32)), 128, portCount),
      label: (offset) => String(from + offset),
    }),
  };
}

/** The service range as numbers. What is smaller or larger than this is refused, as it cannot be what anybody meant. */
export function serviceRange(cidr: string): { readonly first: number; readonly size: number } {
  const { base, prefix, bits } = parseCidr(cidr);
  if (bits !== 32 || prefix < 8 || prefix > 30) {
    throw new CodedError('invalid-cidr', `read the service range ${cidr}: give an IPv4 network of /8 to /30.`);
  }
  return { first: Number(base), size: 2 ** (32 - prefix) };
}

export function parseAddress(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

const needsAddress = (spec: ServiceSpec | undefined): boolean =>
  spec?.type !== 'ExternalName' && spec?.clusterIP !== 'None' && spec?.clusterIPs?.[0] !== 'None';
const needsPorts = (spec: ServiceSpec | undefined): boolean =>
  spec?.type === 'NodePort' || (spec?.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

function addressesOf(service: Service | undefined): readonly string[] {
  const { clusterIP, clusterIPs } = service?.spec ?? {};
  return (clusterIPs ?? (clusterIP ? [clusterIP] : [])).filter((address) => address !== '' && address !== 'None');
}

function portsOf(service: Service | undefined): readonly number[] {
  const ports = (service?.spec?.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
  return [...new Set(ports)];
}

function allocateAddress(
  pools: Pools,
  service: Service,
  old: Service | undefined,
  owner: string,
  transfer: Transfer,
  errors: FieldError[],
): Service {
  const had = addressesOf(old);
  const spec = service.spec;
  if (!needsAddress(spec)) {
    for (const address of had) giveBackAddress(pools, address, transfer);
    return headless(service);
  }
  const wanted = spec?.clusterIP || spec?.clusterIPs?.[0];
  if (wanted && had.includes(wanted)) return withAddress(service, wanted);
  const offset = wanted ? offsetOf(pools, wanted, spec, errors) : pools.addresses.pick(new Set([0]));
  if (offset === undefined) {
    if (!wanted)
      errors.push(
        fieldErrors.invalid(fieldPath('spec').child('clusterIPs'), [], 'failed to allocate a serviceIP: range is full'),
      );
    return service;
  }
  const { compare, op } = pools.addresses.take(offset, owner);
  transfer.compare.push(compare);
  transfer.ops.push(op);
  return withAddress(service, formatAddress(pools.firstAddress + offset));
}

function headless(service: Service): Service {
  if (service.spec?.type === 'ExternalName') return service;
  return withAddress(service, 'None');
}

function withAddress(service: Service, address: string): Service {
  const spec = {
    ...service.spec,
    clusterIP: address,
    clusterIPs: service.spec?.clusterIPs?.length ? service.spec.clusterIPs : [address],
    ipFamilies: service.spec?.ipFamilies?.length ? service.spec.ipFamilies : ['IPv4'],
    ipFamilyPolicy: service.spec?.ipFamilyPolicy ?? 'SingleStack',
  };
  return { ...service, spec };
}

function offsetOf(
  pools: Pools,
  wanted: string,
  spec: ServiceSpec | undefined,
  errors: FieldError[],
): number | undefined {
  const address = parseAddress(wanted);
  const offset = address === undefined ? -1 : address - pools.firstAddress;
  const refuse = (why: string): undefined => {
    const path = fieldPath('spec').child('clusterIPs');
    errors.push(fieldErrors.invalid(path, spec?.clusterIPs ?? [wanted], `failed to allocate IP ${wanted}: ${why}`));
  };
  // What is no address at all is for the kind's validation to say.
  if (address === undefined) return undefined;
  if (offset <= 0 || offset >= pools.addresses.size) {
    return refuse(
      `the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${pools.ranges.serviceCidr}`,
    );
  }
  return pools.addresses.isFree(offset) ? offset : refuse('provided IP is already allocated');
}

function giveBackAddress(pools: Pools, address: string, transfer: Transfer): void {
  const value = parseAddress(address);
  if (value !== undefined) transfer.ops.push(pools.addresses.giveBack(value - pools.firstAddress));
}

function allocatePorts(
  pools: Pools,
  service: Service,
  old: Service | undefined,
  owner: string,
  transfer: Transfer,
  errors: FieldError[],
): Service {
  const { from, to } = pools.ranges.nodePorts;
  const had = new Set(portsOf(old));
  const allowed = needsPorts(service.spec) || service.spec?.type === 'LoadBalancer';
  const taken = new Set<number>();
  const take = (offset: number): void => {
    if (taken.has(offset)) return;
    taken.add(offset);
    if (had.has(from + offset)) return;
    const { compare, op } = pools.ports.take(offset, owner);
    transfer.compare.push(compare);
    transfer.ops.push(op);
  };
  for (const { nodePort } of service.spec?.ports ?? []) if (nodePort) taken.add(nodePort - from);
  const reserved = new Set(taken);
  taken.clear();
  const ports = (service.spec?.ports ?? []).map((port, index) => {
    const path = fieldPath('spec').child('ports').index(index).child('nodePort');
    if (port.nodePort && allowed) {
      const offset = port.nodePort - from;
      if (had.has(port.nodePort)) take(offset);
      else if (offset < 0 || port.nodePort > to) {
        const why = `provided port is not in the valid range. The range of valid ports is ${from}-${to}`;
        errors.push(fieldErrors.invalid(path, port.nodePort, why));
      } else if (pools.ports.isFree(offset)) take(offset);
      else errors.push(fieldErrors.invalid(path, port.nodePort, 'provided port is already allocated'));
      return port;
    }
    if (!needsPorts(service.spec)) return port;
    const offset = pools.ports.pick(new Set([...reserved, ...taken]));
    if (offset === undefined) {
      errors.push(fieldErrors.invalid(path, 0, 'failed to allocate a nodePort: range is full'));
      return port;
    }
    take(offset);
    return { ...port, nodePort: from + offset };
  });
  for (const port of had) if (!taken.has(port - from)) transfer.ops.push(pools.ports.giveBack(port - from));
  return service.spec?.ports ? { ...service, spec: { ...service.spec, ports } } : service;
}
