import { createServer } from 'node:net';
import { chooseRanges, hostRouteDestinations } from '@trireme/adapter-node';
import { CodedError } from '@trireme/base';
import { dnsOrdinal, serviceAddress } from '../../addresses.ts';
import { type ClusterSpec, portsOf } from '../../cluster-spec.ts';
import { homeOf } from '../../home.ts';
import { networkPlanOf, pathsOfNode } from '../../node-plan.ts';
import type { UpOptions } from './command-options.ts';

const firstPort = 6443;
const portStep = 1000;
/** The shared port, those of up to 7 members and their peers' (see `portsOf`), and simulated kubelets behind them. */
const portBlock = 40;
const pullProxyOffset = 31;

/** Decides everything about a new cluster. Nothing is made yet. */
export async function planCluster(options: UpOptions, runtime: ClusterSpec['runtime']): Promise<ClusterSpec> {
  const port = options.port ?? (await firstFreePort());
  if (options.port !== undefined && !(await isFree(options.port))) {
    throw new CodedError(
      'port-taken',
      `port ${options.port} is taken on this machine. Choose another with --port, or leave it out`,
    );
  }
  const members = portsOf(port, options.members ?? 3);
  const nodeNames = Array.from({ length: options.nodes ?? 2 }, (_, index) => `node-${index + 1}`);
  const common = {
    formatVersion: 1,
    name: options.name,
    runtime,
    port,
    members,
    clusterDomain: 'cluster.local',
  } as const;
  if (runtime === 'simulated') {
    return {
      ...common,
      controlPlaneHost: '127.0.0.1',
      podCidr: '10.244.0.0/16',
      serviceCidr: '10.96.0.0/16',
      dnsAddress: serviceAddress('10.96.0.0/16', dnsOrdinal),
      nodes: nodeNames.map((name) => ({ name, address: '127.0.0.1', kubeletPort: 0 })),
    };
  }
  const ranges = chooseRanges(await hostRouteDestinations());
  const home = homeOf(options.name);
  const unplaced: ClusterSpec = {
    ...common,
    ...ranges,
    controlPlaneHost: '',
    pullProxyPort: port + pullProxyOffset,
    dnsAddress: serviceAddress(ranges.serviceCidr, dnsOrdinal),
    nodes: nodeNames.map((name) => ({
      name,
      address: '',
      namespace: pathsOfNode(home, options.name, name).netns,
      kubeletPort: 10250,
    })),
  };
  const plan = networkPlanOf(home, unplaced);
  return {
    ...unplaced,
    controlPlaneHost: plan.hostAddress,
    nodes: unplaced.nodes.map((node, index) => ({
      ...node,
      address: plan.nodes[index]?.address ?? '',
      podCidr: plan.nodes[index]?.podCidr ?? '',
    })),
  };
}

async function firstFreePort(): Promise<number> {
  for (let port = firstPort; port < 60_000; port += portStep) if (await isBlockFree(port)) return port;
  throw new CodedError('no-free-port', 'find a port for the API: no block is free. Choose one with --port');
}

async function isBlockFree(port: number): Promise<boolean> {
  for (let i = 0; i < portBlock; i++) if (!(await isFree(port + i))) return false;
  return true;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
