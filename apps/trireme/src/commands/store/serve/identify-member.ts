import { askPeer, type PeerTls } from '@trireme/adapter-peer';
import { CodedError, messageOf } from '@trireme/base';
import type { Logger, StoreMemberInfo, Time } from '@trireme/ports';
import { identifyCluster } from './initial-cluster.ts';
import type { ServeOptions } from './serve-options.ts';
import type { StoreRecord } from './store-record.ts';

export interface PeerWorld {
  readonly time: Time;
  readonly logger: Logger;
  readonly tls: PeerTls | undefined;
}

/** What a running member answers who asks it for the members. */
interface KnownCluster {
  readonly clusterId: string;
  readonly members: readonly {
    readonly id: string;
    readonly name: string;
    readonly peerUrls: readonly string[];
    readonly started: boolean;
  }[];
}

export const membersQuestion = 'members';
const joinTimeoutMs = 5_000;
const lookTimeoutMs = 1_000;

export function answerMembers(clusterId: bigint, members: readonly StoreMemberInfo[]): string {
  const known: KnownCluster = {
    clusterId: String(clusterId),
    members: members.map(({ id, name, peerUrls, clientUrls }) => ({
      id: String(id),
      name,
      peerUrls,
      started: clientUrls.length > 0,
    })),
  };
  return JSON.stringify(known);
}

/** Who a member is that starts for the first time: as its flags say, or as the running cluster that it was added to says. */
export async function identifyMember(world: PeerWorld, options: ServeOptions): Promise<StoreRecord> {
  return options.joins ? joinRunning(world, options) : beginNew(world, options);
}

async function beginNew(world: PeerWorld, options: ServeOptions): Promise<StoreRecord> {
  const { clusterId, members } = identifyCluster(options.initialCluster, options.token);
  const self = members.find(({ name }) => name === options.name);
  if (!self) throw new Error('the flags were checked to name this member');
  // A member that lost its data must not vote again under its old name: it has forgotten what it promised.
  const others = members.filter(({ id }) => id !== self.id).flatMap(({ peerUrls }) => peerUrls);
  for (const known of await Promise.all(others.map((url) => askQuietly(world, url, lookTimeoutMs)))) {
    if (!known.cluster || known.cluster.clusterId !== String(clusterId)) continue;
    if (known.cluster.members.some(({ id, started }) => id === String(self.id) && started))
      throw new CodedError(
        'bootstrapped',
        `start member ${self.id.toString(16)}: it has already been bootstrapped, and its data is not in ${options.dataDir}. Start it on its data; or remove it with 'etcdctl member remove', add it again, and start it with --initial-cluster-state existing.`,
      );
  }
  return {
    formatVersion: 1,
    id: String(self.id),
    clusterId: String(clusterId),
    name: options.name,
    joined: false,
    peers: members.map(({ id, name, peerUrls }) => ({ id: String(id), name, peerUrls })),
  };
}

async function joinRunning(world: PeerWorld, options: ServeOptions): Promise<StoreRecord> {
  const own = options.advertisePeerUrls;
  const others = options.initialCluster.flatMap(({ name, peerUrls }) => (name === options.name ? [] : peerUrls));
  const refusals: string[] = [];
  for (const url of others) {
    const { cluster, error } = await askQuietly(world, url, joinTimeoutMs);
    if (!cluster) {
      refusals.push(error ?? url);
      continue;
    }
    const self = cluster.members.find(({ peerUrls }) => peerUrls.some((each) => own.includes(each)));
    if (!self) {
      refusals.push(`the cluster at ${url} has no member at ${own.join()}; add it with 'etcdctl member add' first`);
      continue;
    }
    world.logger.log('info', 'found by its URLs in the running cluster', { member: self.id, asked: url });
    const peers = cluster.members.map(({ id, name, peerUrls }) => ({ id, name, peerUrls }));
    return { formatVersion: 1, id: self.id, clusterId: cluster.clusterId, name: options.name, joined: true, peers };
  }
  if (refusals.length === 0) refusals.push('--initial-cluster names nobody but this member');
  throw new CodedError('cannot-join', `join the running cluster: ${refusals.join('; ')}`);
}

async function askQuietly(
  world: PeerWorld,
  url: string,
  timeoutMs: number,
): Promise<{ readonly cluster?: KnownCluster; readonly error?: string }> {
  try {
    const answer = await askPeer({ timers: world.time, tls: world.tls }, url, membersQuestion, timeoutMs);
    return { cluster: JSON.parse(answer) as KnownCluster };
  } catch (error) {
    return { error: messageOf(error) };
  }
}
