import { join } from 'node:path';
import { createEtcdServer, type RpcCaller, type RpcServer } from '@trireme/etcd-api';
import type { Member } from '@trireme/store';
import { parseAddress } from '../../addresses.ts';
import { keptCertificate } from '../../member/certificates.ts';
import { etcdServices } from '../../member/etcd-services.ts';
import { publishMember } from '../../member/publish-member.ts';
import type { Identity } from './identify.ts';
import type { World } from './start-member.ts';

const administrators = 'system:masters';

/**
 * Serves the cluster's store to clients of etcd. The store knows nothing of the cluster's users: who may read it may read
 * every secret, so only administrators' certificates are let in, whatever else the cluster's authority has signed.
 */
export async function serveEtcdFace(
  world: World,
  options: { readonly dataDir: string; readonly listen: string; readonly advertise: string },
  { record, secrets }: Identity,
  member: Member,
  signal: AbortSignal,
): Promise<RpcServer> {
  const { host, port } = parseAddress(options.listen);
  const reached = host === '0.0.0.0' ? options.advertise : host;
  const isIp = /^[\d.]+$|:/.test(reached);
  const certificate = await keptCertificate(join(options.dataDir, 'pki'), 'etcd', secrets.ca, {
    subject: { commonName: `${record.name} etcd` },
    usages: ['server'],
    names: {
      dns: ['localhost', ...(isIp ? [] : [reached])],
      ips: [...new Set(['127.0.0.1', ...(isIp ? [reached] : [])])],
    },
    nowMs: world.time.now(),
  });
  const server = await createEtcdServer({
    ...etcdServices(member, world.time),
    listen: [{ host, port }],
    tls: {
      cert: certificate.certificatePem,
      key: certificate.privateKeyPem,
      clientCa: secrets.ca.certificatePem,
    },
    authorize: (caller: RpcCaller | undefined) => caller?.certificate?.organizations.includes(administrators) ?? false,
    logger: world.logger,
  });
  const name = reached.includes(':') ? `[${reached}]` : reached;
  void publishMember(world, member, { name: record.name, clientUrls: [`https://${name}:${port}`] }, signal);
  return server;
}
