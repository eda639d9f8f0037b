import { join } from 'node:path';
import { CodedError } from '@trireme/base';
import { drawMemberId } from '@trireme/store';
import { dnsOrdinal, serviceAddress } from '../../addresses.ts';
import { join as joinCluster } from '../../join/join-client.ts';
import type { ServerJoinAnswer, ServerJoinRequest } from '../../join/messages.ts';
import { type MemberRecord, readMemberRecord, writeMemberRecord } from '../../member/member-record.ts';
import { type ClusterSecrets, createSecrets, readSecrets, writeSecrets } from '../../member/secrets.ts';
import type { ServerOptions } from './command-options.ts';
import type { World } from './start-member.ts';

export interface Identity {
  readonly record: MemberRecord;
  readonly secrets: ClusterSecrets;
}

/** Who this member is: as its folder says, else taken into a cluster by a token, else the first of a new one. */
export async function identify(world: World, options: ServerOptions, name: string, peerUrl: string): Promise<Identity> {
  const pki = join(options.dataDir, 'pki');
  const known = readMemberRecord(options.dataDir);
  const secrets = readSecrets(pki);
  if (known) {
    if (!secrets)
      throw new CodedError(
        'no-secrets',
        `read ${pki}: the cluster's secrets are gone. Restore the folder, or remove ${options.dataDir} and join anew`,
      );
    return { record: known, secrets };
  }
  const identity =
    options.join.length > 0
      ? await joinAsMember(world, options, name, peerUrl)
      : await foundCluster(world, options, name, peerUrl, secrets);
  writeSecrets(pki, identity.secrets);
  writeMemberRecord(options.dataDir, identity.record);
  return identity;
}

async function joinAsMember(world: World, options: ServerOptions, name: string, peerUrl: string): Promise<Identity> {
  if (!options.token)
    throw new CodedError('no-token', 'join: --token is missing. Print it on a member with: ./trireme token');
  const answer = await joinCluster<ServerJoinAnswer>(world, {
    addresses: options.join,
    token: options.token,
    path: '/trireme/v1/join/server',
    body: { memberId: String(drawMemberId(world.random)), name, peerUrl } satisfies ServerJoinRequest,
    timeoutMs: options.joinTimeout,
  });
  const { memberId, clusterName, peers, network, secrets } = answer;
  world.logger.log('info', 'taken into the cluster', { cluster: clusterName, member: memberId });
  return { record: { id: memberId, name, clusterName, joined: true, peers, network }, secrets };
}

async function foundCluster(
  world: World,
  options: ServerOptions,
  name: string,
  peerUrl: string,
  prepared: ClusterSecrets | undefined,
): Promise<Identity> {
  const { clusterName, podCidr, serviceCidr, clusterDomain } = options;
  const secrets = prepared ?? (await createSecrets(clusterName, world.random, world.time.now()));
  const network = { podCidr, serviceCidr, clusterDomain, dnsAddress: serviceAddress(serviceCidr, dnsOrdinal) };
  const record = { id: '1', name, clusterName, joined: false, peers: [{ id: '1', url: peerUrl }], network };
  return { record, secrets };
}
