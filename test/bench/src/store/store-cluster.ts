import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSystemTime } from '@trireme/adapter-system';
import { messageOf } from '@trireme/base';
import { createEtcdKv, type EtcdKv } from '@trireme/etcd-api';
import type { KvStatus } from '@trireme/ports';
import type { Endpoint } from '../load/connection.ts';
import { sleep } from '../load/window.ts';
import type { Cluster, ClusterMember } from '../run/contender.ts';
import { type Child, freePorts, type Workshop } from '../run/processes.ts';
import { type ClusterCertificates, makeCertificates } from './certificates.ts';

/** A program that takes etcd's flags. */
export interface StoreProgram {
  readonly program: string;
  /** What stands before the flags. */
  readonly args: readonly string[];
  /** True: it takes jobs through a pipe. */
  readonly pipe?: boolean;
  /** How long it may take to end when nobody needs it any more. 0: it is killed. */
  readonly endMs?: number;
}

/** A cluster of processes, with what only a benchmark of stores needs of it. */
export interface StoreCluster extends Cluster {
  /** The process of a member, to give jobs to. */
  child(name: string): Child;
}

interface Place {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly flags: readonly string[];
  readonly logFile: string;
  child: Child | undefined;
}

const readyMs = 60_000;
export const memberCount = 3;

/** Starts members with etcd's flags and nothing but: every default is the program's own. */
export async function startStoreCluster(
  workshop: Workshop,
  side: string,
  { program, args, pipe = false, endMs = 0 }: StoreProgram,
): Promise<StoreCluster> {
  const folder = join(workshop.folder, side);
  await mkdir(folder, { recursive: true });
  const certificates = await makeCertificates(folder, memberCount, Date.now());
  const places = await planPlaces(folder, certificates);
  const startOne = (place: Place): void => {
    place.child = workshop.run({ program, args: [...args, ...place.flags] }, place.logFile, { pipe });
  };
  const cluster: StoreCluster = {
    child(name) {
      const child = places.find((place) => place.name === name)?.child;
      if (!child) throw new Error(`there is no member ${name}`);
      return child;
    },
    async members() {
      const running = places.filter(isRunning);
      const leader = await leaderAmong(running);
      return [...running].sort((a, b) => Number(b === leader) - Number(a === leader)).map(memberAt);
    },
    async restart() {
      await Promise.all(places.map((place) => place.child?.stop()));
      for (const place of places) startOne(place);
      await waitReady(places);
    },
    async revive(name) {
      for (const place of places) if (place.name === name) startOne(place);
      await waitReady(places);
    },
    async compact() {
      const place = places.find(isRunning);
      if (place) await withKv(place.endpoint, async (kv) => kv.compact((await kv.status()).header.revision));
    },
    pids: () => places.filter(isRunning).map((place) => place.child?.pid ?? 0),
    async stop() {
      // Nobody reads what they leave, and three members of etcd that end together take seconds over it.
      await Promise.all(places.map((place) => place.child?.stop(endMs)));
    },
  };
  for (const place of places) startOne(place);
  await waitReady(places);
  return cluster;
}

async function planPlaces(folder: string, certificates: ClusterCertificates): Promise<Place[]> {
  const ports = await freePorts(memberCount * 2);
  const names = certificates.members.map((_, index) => `m${index + 1}`);
  const peerUrl = (index: number): string => `https://127.0.0.1:${ports[memberCount + index]}`;
  const initialCluster = names.map((name, index) => `${name}=${peerUrl(index)}`).join(',');
  return certificates.members.map(({ serving, peer }, index) => {
    const name = names[index] ?? '';
    const port = ports[index] ?? 0;
    const clientUrl = `https://127.0.0.1:${port}`;
    const flags = {
      name,
      'data-dir': join(folder, name),
      'listen-client-urls': clientUrl,
      'advertise-client-urls': clientUrl,
      'listen-peer-urls': peerUrl(index),
      'initial-advertise-peer-urls': peerUrl(index),
      'initial-cluster': initialCluster,
      'initial-cluster-state': 'new',
      'initial-cluster-token': 'bench',
      'cert-file': serving.cert,
      'key-file': serving.key,
      'trusted-ca-file': certificates.caFile,
      'client-cert-auth': 'true',
      'peer-cert-file': peer.cert,
      'peer-key-file': peer.key,
      'peer-trusted-ca-file': certificates.caFile,
      'peer-client-cert-auth': 'true',
    };
    return {
      name,
      endpoint: { host: '127.0.0.1', port, tls: certificates.client },
      flags: Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
      logFile: join(folder, `${name}.log`),
      child: undefined,
    };
  });
}

const isRunning = (place: Place): boolean => place.child !== undefined && place.child.ended === undefined;

function memberAt({ name, endpoint, child }: Place): ClusterMember {
  return { name, endpoint, pid: child?.pid ?? 0 };
}

/** Waits until every member that was started answers, all name one leader, and each can read what a majority holds. */
async function waitReady(places: readonly Place[]): Promise<void> {
  const started = places.filter((place) => place.child !== undefined);
  const untilMs = performance.now() + readyMs;
  let problem = 'nothing was heard of them';
  while (performance.now() < untilMs) {
    for (const place of started)
      if (!isRunning(place))
        throw new Error(`member ${place.name} ended with ${place.child?.ended}: ${await lastLines(place)}`);
    try {
      const statuses = await Promise.all(started.map((place) => statusOf(place.endpoint)));
      const leaders = new Set(statuses.map(({ leaderId }) => leaderId));
      if (leaders.size === 1 && !leaders.has(0n)) {
        for (const place of started) await withKv(place.endpoint, (kv) => kv.range({ key: Buffer.from('ready') }));
        return;
      }
      problem = 'they do not agree on a leader';
    } catch (error) {
      problem = messageOf(error);
    }
    await sleep(100);
  }
  throw new Error(`start ${started.map(({ name }) => name).join(', ')}: not ready in ${readyMs} ms: ${problem}`);
}

async function leaderAmong(places: readonly Place[]): Promise<Place | undefined> {
  for (const place of places) {
    const { header, leaderId } = await statusOf(place.endpoint);
    if (header.memberId === leaderId) return place;
  }
  return undefined;
}

const statusOf = (endpoint: Endpoint): Promise<KvStatus> => withKv(endpoint, (kv) => kv.status());

const callMs = 5_000;

/** A client for one question, so that none of its own traffic is there while load is measured. */
async function withKv<Answer>({ host, port, tls }: Endpoint, ask: (kv: EtcdKv) => Promise<Answer>): Promise<Answer> {
  const kv = createEtcdKv({ endpoints: [`https://${host}:${port}`], tls, time: createSystemTime() });
  const late = setTimeout(() => kv.close(), callMs);
  try {
    return await ask(kv);
  } finally {
    clearTimeout(late);
    kv.close();
  }
}

async function lastLines({ logFile }: Place): Promise<string> {
  return (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-3).join(' | ').slice(-1_000);
}
