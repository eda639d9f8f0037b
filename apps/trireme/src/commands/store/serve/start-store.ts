import { join } from 'node:path';
import { createNodeDisk, openNodeLevel } from '@trireme/adapter-disk';
import { createTlsPeerTransport, type PeerTls } from '@trireme/adapter-peer';
import type { Logger, Random, Time } from '@trireme/ports';
import { createMember, type Member } from '@trireme/store';
import { createPlatformSha256 } from '../../../member/platform-sha256.ts';
import { answerMembers, membersQuestion } from './identify-member.ts';
import type { ServeOptions } from './serve-options.ts';
import { logDirectory, memberDirectory, type StoreRecord } from './store-record.ts';

export interface World {
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

/** Starts the member of the store on its folder and its peer address. */
export async function startStore(
  world: World,
  options: ServeOptions,
  record: StoreRecord,
  tls: PeerTls | undefined,
): Promise<{ readonly member: Member; stop(): Promise<void> }> {
  const { time, logger } = world;
  const id = BigInt(record.id);
  const clusterId = BigInt(record.clusterId);
  let answer = async (): Promise<string | undefined> => undefined;
  const transport = await createTlsPeerTransport({
    id,
    listen: options.listenPeers,
    tls: options.listenPeers.secure ? tls : undefined,
    greeting: {
      cluster: clusterId,
      answer: async (question) => (question === membersQuestion ? answer() : undefined),
    },
    logger,
    time,
  });
  const directory = memberDirectory(options.dataDir);
  const { heartbeatMs, electionTimeoutMs, maxRequestBytes, maxTxnOps, quotaBytes } = options;
  const { checkpointEntries, progressIntervalMs, maxLearners, retentionMs } = options;
  try {
    const member = await createMember({
      ...world,
      id,
      peers: record.peers.map((peer) => ({ id: BigInt(peer.id), name: peer.name, url: peer.peerUrls[0] ?? '' })),
      disk: await createNodeDisk(logDirectory(options)),
      level: () => openNodeLevel(join(directory, 'state')),
      transport,
      createSha256: createPlatformSha256,
      options: {
        join: record.joined,
        clusterId,
        heartbeatMs,
        electionTimeoutMs,
        maxRequestBytes,
        maxTxnOps,
        quotaBytes,
        checkpointEntries,
        progressIntervalMs,
        maxLearners,
        retentionMs,
      },
    });
    answer = async () => answerMembers(clusterId, await member.members({ serializable: true }));
    return {
      member,
      async stop() {
        await member.stop();
        await transport.close();
      },
    };
  } catch (error) {
    await transport.close();
    throw error;
  }
}
