import { join } from 'node:path';
import { createNodeDisk, openNodeLevel } from '@trireme/adapter-disk';
import { createTlsPeerTransport } from '@trireme/adapter-peer';
import type { Logger, Random, Time } from '@trireme/ports';
import { createMember, type Member } from '@trireme/store';
import { keptCertificate } from '../../member/certificates.ts';
import type { MemberRecord } from '../../member/member-record.ts';
import { createPlatformSha256 } from '../../member/platform-sha256.ts';
import type { ClusterSecrets } from '../../member/secrets.ts';

export interface World {
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

/** Starts the store's member on its folder and its peer address. */
export async function startMember(
  world: World,
  options: {
    readonly dataDirectory: string;
    readonly record: MemberRecord;
    readonly secrets: ClusterSecrets;
    readonly peerListen: { readonly host: string; readonly port: number };
    readonly retentionMs: number;
  },
): Promise<{ readonly member: Member; stop(): Promise<void> }> {
  const { time, random, logger } = world;
  const { dataDirectory, record, secrets, retentionMs } = options;
  const id = BigInt(record.id);
  const certificate = await keptCertificate(join(dataDirectory, 'pki'), 'peer', secrets.peerCa, {
    subject: { commonName: `member-${id}` },
    usages: ['server', 'client'],
    nowMs: time.now(),
  });
  const tls = { ca: secrets.peerCa.certificatePem, cert: certificate.certificatePem, key: certificate.privateKeyPem };
  const transport = await createTlsPeerTransport({ id, listen: options.peerListen, tls, logger, time });
  const member = await createMember({
    id,
    peers: record.peers.map((peer) => ({ id: BigInt(peer.id), url: peer.url })),
    disk: await createNodeDisk(join(dataDirectory, 'log')),
    level: () => openNodeLevel(join(dataDirectory, 'state')),
    transport,
    time,
    random,
    logger,
    createSha256: createPlatformSha256,
    options: { join: record.joined, retentionMs },
  });
  return {
    member,
    async stop() {
      await member.stop();
      await transport.close();
    },
  };
}
