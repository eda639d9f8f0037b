import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createHttpsServer, createHttpsTransport } from '@trireme/adapter-http';
import { nodePaths } from '@trireme/adapter-node';
import { readMachineFacts, readResolvConf } from '@trireme/adapter-node-files';
import { createLineLogger, createSystemRandom, createSystemTime } from '@trireme/adapter-system';
import { createApiClient, createInformerFactory } from '@trireme/client';
import { createKubelet } from '@trireme/kubelet/host';
import type { HttpHandler } from '@trireme/ports';
import { firstAddress } from '../../addresses.ts';
import { thisProgram } from '../../self.ts';
import { createSupervisor, type Supervisor } from '../../supervise/supervisor.ts';
import type { AgentOptions } from './command-options.ts';
import { identifyNode, type NodeIdentity } from './node-identity.ts';
import { startRealRuntime, startSimulatedRuntime } from './node-runtime.ts';
import { podRangeOf } from './pod-range.ts';

const maxPods = 110;

/** Runs a node until it is told to end (SIGTERM). Containers, containerd and proxy outlive it. */
export async function runAgent(options: AgentOptions): Promise<void> {
  const time = createSystemTime();
  const random = createSystemRandom();
  const write = (line: string): void => void process.stderr.write(line);
  const logger = createLineLogger({ level: options.logLevel, format: 'text', now: time.now, write });
  const world = { time, random, logger };
  const nodeName = options.nodeName ?? hostname().toLowerCase();
  const address = options.nodeIp ?? firstAddress();
  const root = join(options.dataDir, 'nodes', nodeName);
  mkdirSync(root, { recursive: true, mode: 0o711 });
  const identity = await identifyNode(world, options, root, nodeName, address);
  const transport = createHttpsTransport({
    endpoints: identity.endpoints,
    tls: { ca: identity.caPem, cert: identity.kubeletClient, key: identity.keys.kubeletClient },
  });
  const client = createApiClient(transport, { time });
  const podCidr = options.podCidr ?? (await podRangeOf({ client, time, logger }, nodeName));
  const supervisor = createSupervisor(world, { tableFile: join(root, 'run', 'agent.json') });
  const paths = nodePaths({ cluster: identity.clusterName, node: nodeName, home: options.dataDir });
  const node =
    options.runtime === 'containerd'
      ? await startRealRuntime(world, supervisor, paths, podCidr, options.pullProxy)
      : startSimulatedRuntime(world, podCidr);
  if (options.runtime === 'containerd') keepProxy(supervisor, root, address, podCidr);
  const informers = createInformerFactory({ client, ...world });
  let handler: HttpHandler = async () => ({ status: 503, headers: {}, body: new Uint8Array() });
  const server = await serveKubelet(identity, address, options.kubeletPort, logger, (request, peer) =>
    handler(request, peer),
  );
  const kubelet = createKubelet(
    { client, informers, ...node, ...world },
    {
      nodeName,
      facts: { ...(await readMachineFacts(root)), maxPods, internalIps: [address] },
      rootDirectory: join(root, 'kubelet'),
      logDirectory: join(root, 'pod-logs'),
      rootCgroup: `${paths.cgroupParent}/kubepods`,
      clusterDns: [identity.network.dnsAddress],
      clusterDomain: identity.network.clusterDomain,
      nodeDns: await readResolvConf(),
      port: server.addresses[0]?.port ?? options.kubeletPort,
      podCidrs: [podCidr],
    },
  );
  handler = kubelet.handler;
  await kubelet.start();
  logger.log('info', 'kubelet started', { node: nodeName, address, podCidr });
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  logger.log('info', 'ending; containers go on');
  supervisor.release();
  await kubelet.stop();
  informers.stop();
  await server.close();
  node.close();
  process.exit();
}

/** Service rules, routes and DNS, in a process of their own: a kubelet's end does not touch them. */
function keepProxy(supervisor: Supervisor, root: string, address: string, podCidr: string): void {
  const self = thisProgram();
  supervisor.keep({
    name: 'proxy',
    command: self.node,
    args: [...self.args, 'proxy', '--directory', root, '--node-ip', address, '--pod-cidr', podCidr],
    logFile: join(root, 'logs', 'proxy.log'),
  });
}

function serveKubelet(
  identity: NodeIdentity,
  host: string,
  port: number,
  logger: ReturnType<typeof createLineLogger>,
  handler: HttpHandler,
) {
  const tls = { cert: identity.kubeletServing, key: identity.keys.kubeletServing, clientCa: identity.caPem };
  return createHttpsServer({ handler, listen: [{ host, port }], tls, logger });
}
