import { mkdirSync, readFileSync } from 'node:fs';
import { createLineLogger, createSystemRandom, createSystemTime } from '@trireme/adapter-system';
import { CodedError, messageOf } from '@trireme/base';
import { createEtcdPages, createEtcdServer, type EtcdServerTls, runAutoCompaction } from '@trireme/etcd-api';
import { sleep } from '@trireme/ports';
import { parseYaml } from '@trireme/schema/yaml';
import type { Member } from '@trireme/store';
import { etcdServices } from '../../../member/etcd-services.ts';
import { namingFullDisk } from '../../../member/full-disk.ts';
import { publishMember } from '../../../member/publish-member.ts';
import { forceNewCluster } from './force-new-cluster.ts';
import { identifyMember } from './identify-member.ts';
import { logOutput } from './log-output.ts';
import { readFlags } from './read-flags.ts';
import { serveHelp } from './serve-help.ts';
import { type ServeOptions, serveOptions } from './serve-options.ts';
import { servePages } from './serve-pages.ts';
import { startStore, type World } from './start-store.ts';
import { readStoreRecord, writeStoreRecord } from './store-record.ts';
import { clientTls, peerTls } from './tls-files.ts';

/** The etcd whose API is spoken. */
export const etcdVersion = '3.6.0';
const handOverMs = 2_000;

/** Runs a member until it is told to end (SIGTERM, SIGINT), or has to stop by itself. */
export async function serve(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const { values, remarks } = readFlags(args, environment, readConfig);
  if (values.get('help') === 'true') return void process.stdout.write(serveHelp());
  if (values.get('version') === 'true') {
    process.stdout.write(`etcd Version: ${etcdVersion}\nServed by: trireme store\nNode.js: ${process.version}\n`);
    return;
  }
  const options = serveOptions(values);
  const time = createSystemTime();
  const { logLevel: level, logFormat: format } = options;
  const logger = createLineLogger({ level, format, now: time.now, write: logOutput(options.logOutputs) });
  for (const remark of remarks) logger.log('info', remark);
  const world = { time, logger, random: createSystemRandom() };
  await runUntilEnd(world, options, await namingFullDisk(options.dataDir, () => start(world, options)));
}

async function start(world: World, options: ServeOptions) {
  const { time } = world;
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const forPeers = await peerTls(options.peerTls, options.dataDir, time.now());
  const forClients = await clientTls(options.clientTls, options.dataDir, time.now());
  checkCertificates(options, forClients !== undefined, forPeers !== undefined);
  const known = readStoreRecord(options.dataDir);
  const record = known ?? (await identifyMember({ ...world, tls: forPeers }, options));
  if (!known) writeStoreRecord(options.dataDir, record);
  const alone = options.forceNewCluster && known ? await forceNewCluster(world, options, known) : record;
  return { store: await startStore(world, options, alone, forPeers), forClients };
}

async function runUntilEnd(
  world: World,
  options: ServeOptions,
  { store, forClients }: Awaited<ReturnType<typeof start>>,
): Promise<void> {
  const { logger } = world;
  const ended = untilEnd(store.member);
  const stopping = new AbortController();
  const face = await openFace(world, options, store.member, forClients);
  const published = { name: options.name, clientUrls: options.advertiseClientUrls };
  void publishMember(world, store.member, published, stopping.signal);
  if (options.autoCompaction)
    void runAutoCompaction(
      { ...world, kv: store.member.kv, leads: () => store.member.isLeader() },
      options.autoCompaction,
      stopping.signal,
    );
  const why = await ended;
  if (why instanceof Error) {
    logger.log('error', 'the store had to stop', { error: why });
    process.exitCode = 1;
  } else logger.log('info', 'ending', { why });
  stopping.abort();
  await handOver(world, store.member);
  await face.close();
  await store.stop();
  process.exit();
}

function readConfig(file: string): Readonly<Record<string, unknown>> {
  try {
    return (parseYaml(readFileSync(file, 'utf8')).value ?? {}) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new CodedError('bad-flag', `store serve: --config-file ${file}: ${messageOf(cause)}`, { cause });
  }
}

function checkCertificates(options: ServeOptions, client: boolean, peer: boolean): void {
  const needs = (flag: string): Error =>
    new CodedError('bad-flag', `store serve: an https URL is given, and --${flag} is not. Give it, or use http.`);
  if (!client && [...options.listenClients, ...options.metrics].some(({ secure }) => secure)) throw needs('cert-file');
  if (!peer && options.listenPeers.secure) throw needs('peer-cert-file');
}

/** Everything that clients see. */
async function openFace(world: World, options: ServeOptions, member: Member, tls: EtcdServerTls | undefined) {
  const deps = { ...etcdServices(member, world.time), version: etcdVersion };
  const server = await createEtcdServer({
    ...deps,
    electionTimeoutMs: options.electionTimeoutMs,
    quotaBytes: options.quotaBytes,
    listen: options.listenClients.map(({ host, port, secure }) => ({ host, port, insecure: !secure })),
    tls,
    maxRequestBytes: options.maxRequestBytes,
    logger: world.logger,
  });
  const pages = await servePages(createEtcdPages(deps), options.metrics, tls);
  return {
    async close() {
      pages.close();
      await server.close();
    },
  };
}

function untilEnd(member: Member): Promise<string | Error> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
    member.onFailure((error) => resolve(error instanceof Error ? error : new Error(String(error))));
  });
}

/** Lets another member lead at once, where the others would wait for an election. */
async function handOver({ time, logger }: World, member: Member): Promise<void> {
  const { config } = member.status();
  if (!member.isLeader() || config.voters.length < 2) return;
  try {
    await Promise.race([member.transferLeadership(), sleep(time, handOverMs)]);
    for (let waited = 0; member.isLeader() && waited < handOverMs; waited += 20) await sleep(time, 20);
  } catch (error) {
    logger.log('warn', 'could not hand over the lead', { error: messageOf(error) });
  }
}
