import { hostname } from 'node:os';
import { join } from 'node:path';
import { createHttpsServer } from '@trireme/adapter-http';
import { createLineLogger, createSystemRandom, createSystemTime } from '@trireme/adapter-system';
import { builtinKinds } from '@trireme/api';
import { createApiServer, createDirectTransport } from '@trireme/apiserver';
import { createApiClient } from '@trireme/client';
import type { HttpHandler } from '@trireme/ports';
import { builtinTypes } from '@trireme/schema';
import type { Member } from '@trireme/store';
import { firstAddress, parseAddress, serviceAddress } from '../../addresses.ts';
import { describeFromBuild } from '../../descriptions.ts';
import { admitMember } from '../../member/admit-member.ts';
import { keptCertificate } from '../../member/certificates.ts';
import { namingFullDisk } from '../../member/full-disk.ts';
import { withMemberApi } from '../../member/member-api.ts';
import { createNodeDialer } from '../../member/node-dialer.ts';
import { createRsaTokenSigner } from '../../member/rsa-token-signer.ts';
import { thisProgram } from '../../self.ts';
import { createSupervisor } from '../../supervise/supervisor.ts';
import type { MemberReport } from '../status/cluster-status.ts';
import type { ServerOptions } from './command-options.ts';
// Not loaded late: what is loaded so is a bundle of its own, whose error classes are not those that the store throws.
import { serveEtcdFace } from './etcd-face.ts';
import { type Identity, identify } from './identify.ts';
import { startMember, type World } from './start-member.ts';

/** Runs a member until it is told to end (SIGTERM), or its store had to stop by itself. */
export async function runServer(options: ServerOptions): Promise<void> {
  const time = createSystemTime();
  const write = (line: string): void => void process.stderr.write(line);
  const logger = createLineLogger({ level: options.logLevel, format: 'text', now: time.now, write });
  const world: World = { time, random: createSystemRandom(), logger };
  const name = options.name ?? hostname().toLowerCase();
  const advertise = options.advertiseAddress ?? firstAddress();
  const peerListen = parseAddress(options.peerListen);
  const peerHost = peerListen.host === '0.0.0.0' ? advertise : peerListen.host;
  const { identity, store } = await namingFullDisk(options.dataDir, async () => {
    const found = await identify(world, options, name, `https://${peerHost}:${peerListen.port}`);
    const { dataDir: dataDirectory, historyRetention: retentionMs = 0 } = options;
    return { identity: found, store: await startMember(world, { ...found, dataDirectory, peerListen, retentionMs }) };
  });
  const stopping = new AbortController();
  const api = await startApi(world, options, identity, store.member, advertise);
  const face = await openEtcdFace(world, options, identity, store.member, advertise, stopping.signal);
  const loops = keepControlLoops(world, options, identity, api.ownPort);
  const end = await new Promise<string>((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
    store.member.onFailure((error) => {
      logger.log('error', 'the store had to stop', { error });
      process.exitCode = 1;
      resolve('store failure');
    });
  });
  logger.log('info', 'ending', { why: end });
  stopping.abort();
  await loops.stop(5000);
  await face?.close();
  await api.stop();
  await store.stop();
  process.exit();
}

async function openEtcdFace(
  world: World,
  { dataDir, etcdListen: listen }: ServerOptions,
  identity: Identity,
  member: Member,
  advertise: string,
  signal: AbortSignal,
) {
  if (!listen) return undefined;
  return serveEtcdFace(world, { dataDir, listen, advertise }, identity, member, signal);
}

async function startApi(world: World, options: ServerOptions, identity: Identity, member: Member, advertise: string) {
  const { secrets, record } = identity;
  const listen = (options.listen.length > 0 ? options.listen : ['0.0.0.0:6443']).map(parseAddress);
  const shared = options.sharedListen.map(parseAddress);
  const publicPort = shared[0]?.port ?? listen[0]?.port ?? 6443;
  const serving = await servingCertificate(world, options, identity, advertise, [...listen, ...shared]);
  const toKubelets = await keptCertificate(join(options.dataDir, 'pki'), 'kubelet-client', secrets.ca, {
    subject: { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] },
    usages: ['client'],
    nowMs: world.time.now(),
  });
  // The apiserver reads Nodes through itself to find kubelets; by the time that is asked, the handler is there.
  let handler: HttpHandler = async () => ({ status: 503, headers: {}, body: new Uint8Array() });
  const local = { commonName: 'system:apiserver', organizations: ['system:masters'], fingerprint: '' };
  const loopback = createDirectTransport((request, peer) => handler(request, peer), {
    address: '127.0.0.1',
    certificate: local,
  });
  const apiServer = createApiServer({
    ...world,
    kv: member.kv,
    kinds: builtinKinds,
    types: builtinTypes,
    auth: { signer: createRsaTokenSigner(secrets.serviceAccountKey) },
    options: {
      serviceCidr: record.network.serviceCidr,
      advertise: { ip: advertise, port: publicPort, name: record.name },
      describe: describeFromBuild(),
      dialNode: createNodeDialer(createApiClient(loopback, world), {
        ca: secrets.ca.certificatePem,
        cert: toKubelets.certificatePem,
        key: toKubelets.privateKeyPem,
      }),
    },
  });
  handler = withMemberApi(
    {
      clusterName: record.clusterName,
      secrets,
      network: record.network,
      logger: world.logger,
      nowMs: world.time.now,
      endpoints: [`https://${advertise}:${publicPort}`],
      report: async () => reportOf(member, apiServer.ready()),
      addMember: (request) => admitMember({ member, logger: world.logger }, record.clusterName, request),
    },
    apiServer.handler,
  );
  const tls = { cert: serving.certificatePem, key: serving.privateKeyPem, clientCa: secrets.ca.certificatePem };
  const common = { handler: (request, peer) => handler(request, peer), tls, logger: world.logger } satisfies Partial<
    Parameters<typeof createHttpsServer>[0]
  >;
  const own = await createHttpsServer({ ...common, listen });
  world.logger.log('info', 'serving', {
    addresses: own.addresses.map((each) => `${each.host}:${each.port}`).join(' '),
  });
  while (!apiServer.ready()) await new Promise<void>((resolve) => world.time.after(20, resolve));
  const together = await createHttpsServer({
    ...common,
    listen: shared.map((address) => ({ ...address, reusePort: true })),
  });
  world.logger.log('info', 'ready', {
    shared: together.addresses.map((each) => `${each.host}:${each.port}`).join(' '),
  });
  return {
    ownPort: own.addresses[0]?.port ?? 0,
    async stop() {
      await Promise.all([together.close(), own.close(), apiServer.stop()]);
    },
  };
}

function servingCertificate(
  world: World,
  options: ServerOptions,
  { secrets, record }: Identity,
  advertise: string,
  listen: readonly { readonly host: string }[],
) {
  const hosts = [...new Set(['127.0.0.1', advertise, ...listen.map((each) => each.host)])].filter(
    (host) => host !== '0.0.0.0',
  );
  const isIp = (host: string): boolean => /^[\d.]+$|:/.test(host);
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${record.network.clusterDomain}`,
  ];
  return keptCertificate(join(options.dataDir, 'pki'), 'apiserver', secrets.ca, {
    subject: { commonName: 'kube-apiserver' },
    usages: ['server'],
    names: {
      dns: ['localhost', ...service, ...hosts.filter((host) => !isIp(host))],
      ips: [serviceAddress(record.network.serviceCidr, 1), ...hosts.filter(isIp)],
    },
    nowMs: world.time.now(),
  });
}

function reportOf(member: Member, ready: boolean): MemberReport {
  const status = member.status();
  return {
    ready,
    memberId: String(status.id),
    leaderId: String(status.leaderId),
    term: status.term,
    revision: status.revision,
    raftIndex: status.lastIndex,
    dataBytes: status.dataBytes + status.logBytes,
  };
}

/** The scheduler and the controllers, in a process of their own: nothing may hold the event loop that carries Raft. */
function keepControlLoops(world: World, options: ServerOptions, { record }: Identity, apiPort: number) {
  const supervisor = createSupervisor(world, { tableFile: join(options.dataDir, 'run', 'server.json') });
  const self = thisProgram();
  supervisor.keep({
    name: 'controllers',
    command: self.node,
    args: [
      ...self.args,
      'controllers',
      '--data-dir',
      options.dataDir,
      '--server',
      `https://127.0.0.1:${apiPort}`,
      '--identity',
      record.name,
    ],
    logFile: join(options.dataDir, 'logs', 'controllers.log'),
  });
  return supervisor;
}
