import { createInformerFactory } from '@trireme/client';
import { createFakeApi, type FakeApi } from '@trireme/client/testing';
import type { ConnectionTable, Logger, NodeRoute, PacketFilter, RouteTable } from '@trireme/ports';
import { endpointslices, nodes, services } from '@trireme/schema/resources';
import type { Node, Service, ServiceSpec } from '@trireme/schema/types/core/v1';
import type { EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { createSeededRandom, createVirtualTime, type VirtualTime } from '@trireme/testkit';
import type { ProxyHostDeps, ProxyHostOptions } from '../src/index.ts';

export const proxyOptions: ProxyHostOptions = {
  nodeName: 'n1',
  nodeAddresses: ['10.0.0.1'],
  podCidr: '10.244.0.0/24',
  clusterCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/12',
};

/** A kernel that remembers what it was told, and refuses what `refuse` says. */
export interface FakeKernel {
  readonly nft: PacketFilter;
  readonly conntrack: ConnectionTable;
  readonly routes: RouteTable;
  readonly scripts: string[];
  readonly forgotten: string[];
  readonly routeTable: Map<string, NodeRoute>;
  /** Changes the table as another program would. */
  meddle(): void;
  refuse: ((what: string) => boolean) | undefined;
}

export function createFakeKernel(): FakeKernel {
  const scripts: string[] = [];
  const forgotten: string[] = [];
  const routeTable = new Map<string, NodeRoute>();
  let table = '';
  const ask = async (what: string): Promise<void> => {
    if (kernel.refuse?.(what)) throw new Error('the kernel says no');
  };
  const kernel: FakeKernel = {
    scripts,
    forgotten,
    routeTable,
    refuse: undefined,
    meddle() {
      table += ' meddled';
    },
    nft: {
      async apply(script) {
        await ask(script);
        scripts.push(script);
        table = script.startsWith('table ') ? script : table + script;
      },
      list: async () => table,
    },
    conntrack: {
      async forget(filter) {
        await ask('conntrack');
        forgotten.push(filter.join(' '));
      },
    },
    routes: {
      list: async () => [...routeTable.values()],
      async replace(route) {
        await ask(`route ${route.cidr}`);
        routeTable.set(route.cidr, route);
      },
      async remove({ cidr }) {
        routeTable.delete(cidr);
      },
    },
  };
  return kernel;
}

export interface World extends ProxyHostDeps {
  readonly time: VirtualTime;
  readonly api: FakeApi;
  readonly kernel: FakeKernel;
  readonly warnings: string[];
  addService(name: string, spec?: ServiceSpec): Promise<Service>;
  addSlice(name: string, addresses: readonly string[], protocol?: 'TCP' | 'UDP'): Promise<EndpointSlice>;
  addNode(name: string, podCIDR: string, address: string): Promise<Node>;
}

export function createWorld(): World {
  const time = createVirtualTime();
  const random = createSeededRandom(1);
  const api = createFakeApi({ time, random });
  const warnings: string[] = [];
  const logger: Logger = {
    with: () => logger,
    log: (level, message) => {
      if (level === 'warn' || level === 'error') warnings.push(message);
    },
  };
  const kernel = createFakeKernel();
  return {
    time,
    api,
    kernel,
    warnings,
    logger,
    informers: createInformerFactory({ client: api, time, random, logger }, { freeze: true }),
    nft: kernel.nft,
    conntrack: kernel.conntrack,
    routes: kernel.routes,
    addService: (name, spec = {}) =>
      api.resource(services).create({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace: 'default' },
        spec: { clusterIP: '10.96.0.20', ports: [{ name: 'p', port: 80, protocol: 'TCP' }], ...spec },
      }),
    addSlice: (name, addresses, protocol = 'TCP') =>
      api.resource(endpointslices).create({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        ports: [{ name: 'p', port: 8080, protocol }],
        endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      }),
    addNode: (name, podCIDR, address) =>
      api.resource(nodes).create({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name },
        spec: { podCIDR, podCIDRs: [podCIDR] },
        status: { addresses: [{ type: 'InternalIP', address }] },
      }),
  };
}
