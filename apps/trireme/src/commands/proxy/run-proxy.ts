import { createDnsServer } from '@trireme/adapter-dns';
import { createHttpsTransport } from '@trireme/adapter-http';
import { createConntrack, createNftables, createRoutes } from '@trireme/adapter-nftables';
import { createLineLogger, createSystemRandom, createSystemTime } from '@trireme/adapter-system';
import { CodedError } from '@trireme/base';
import { createApiClient, createInformerFactory } from '@trireme/client';
import { createDnsHost, createProxyHost, publishClusterDns } from '@trireme/proxy-host';
import { readNodeIdentity } from '../agent/node-identity.ts';
import type { ProxyOptions } from './command-options.ts';

/** Where each node's DNS listens; the service kube-dns leads pods there. Not 53, which the machine's own resolver may hold. */
const dnsPort = 10053;

/** Runs until it is told to end. The rules stay when it does, so connections of pods do not notice. */
export async function runProxy(options: ProxyOptions): Promise<void> {
  const time = createSystemTime();
  const random = createSystemRandom();
  const write = (line: string): void => void process.stderr.write(line);
  const logger = createLineLogger({ level: 'info', format: 'text', now: time.now, write });
  const identity = readNodeIdentity(options.directory);
  if (!identity)
    throw new CodedError('no-node', `read ${options.directory}: it holds no node. Start one with: ./trireme agent`);
  const { nodeName, network } = identity;
  const transport = createHttpsTransport({
    endpoints: identity.endpoints,
    tls: { ca: identity.caPem, cert: identity.proxyClient, key: identity.keys.proxyClient },
  });
  const client = createApiClient(transport, { time });
  const informers = createInformerFactory({ client, time, random, logger });
  const tools = { logger };
  const proxy = createProxyHost(
    {
      informers,
      nft: createNftables(tools),
      conntrack: createConntrack(tools),
      routes: createRoutes(tools),
      time,
      logger,
    },
    {
      nodeName,
      nodeAddresses: [options.nodeIp],
      podCidr: options.podCidr,
      clusterCidr: network.podCidr,
      serviceCidr: network.serviceCidr,
    },
  );
  const dns = createDnsHost({ informers, logger }, { clusterDomain: network.clusterDomain });
  const server = createDnsServer({ answer: dns.answer, listen: [{ host: options.nodeIp, port: dnsPort }], logger });
  const publisher = publishClusterDns(
    { client, informers, time, logger },
    { nodeName, nodeAddress: options.nodeIp, dnsAddress: network.dnsAddress, port: dnsPort },
  );
  await Promise.all([proxy.start(), dns.start(), server.start(), publisher.start()]);
  logger.log('info', 'proxy and DNS started', { node: nodeName, dns: `${options.nodeIp}:${dnsPort}` });
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  logger.log('info', 'ending; the rules stay');
  await Promise.all([proxy.stop(), dns.stop(), server.stop(), publisher.stop()]);
  informers.stop();
  process.exit();
}
