import { CodedError } from '@trireme/base';
import { type AutoCompaction, durationMs, parseAutoCompaction } from '@trireme/etcd-api';
import type { LogLevel } from '@trireme/ports';
import { type FlagName, flagTable } from './flag-table.ts';
import { type PlannedMember, parseInitialCluster } from './initial-cluster.ts';
import { type BindAddress, bindAddress, parseUrls } from './urls.ts';

/** What a member is started with, checked. */
export interface ServeOptions {
  readonly name: string;
  readonly dataDir: string;
  readonly logDir: string | undefined;
  readonly listenClients: readonly BindAddress[];
  readonly advertiseClientUrls: readonly string[];
  readonly listenPeers: BindAddress;
  /** In order. */
  readonly advertisePeerUrls: readonly string[];
  readonly initialCluster: readonly PlannedMember[];
  readonly token: string;
  readonly joins: boolean;
  /** The others are given up, and this member goes on alone. */
  readonly forceNewCluster: boolean;
  readonly maxLearners: number;
  readonly clientTls: TlsFiles;
  readonly peerTls: TlsFiles;
  readonly checkpointEntries: number;
  readonly heartbeatMs: number;
  readonly electionTimeoutMs: number;
  readonly quotaBytes: number;
  readonly autoCompaction: AutoCompaction | undefined;
  /** 0: compacted history is not kept. */
  readonly retentionMs: number;
  readonly maxTxnOps: number;
  readonly maxRequestBytes: number;
  readonly metrics: readonly BindAddress[];
  readonly progressIntervalMs: number;
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'text';
  readonly logOutputs: readonly string[];
}

/** Paths as they were given; empty where nothing was. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly clientCertAuth: boolean;
  readonly auto: boolean;
}

const defaultQuotaBytes = 2 * 1024 * 1024 * 1024;
const levels: Readonly<Record<string, LogLevel>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  dpanic: 'error',
  panic: 'error',
  fatal: 'error',
};

export function serveOptions(said: ReadonlyMap<FlagName, string>): ServeOptions {
  const text = (name: FlagName): string => said.get(name) ?? flagTable[name].default;
  const list = (name: FlagName): readonly string[] => text(name).split(',').filter(Boolean);
  const number = (name: FlagName): number => {
    const value = Number(text(name));
    if (text(name) === '' || !Number.isSafeInteger(value)) throw wrong(name, 'a whole number');
    return value;
  };
  const isOn = (name: FlagName): boolean => {
    if (/^(true|t|1)$/i.test(text(name))) return true;
    if (/^(false|f|0)$/i.test(text(name))) return false;
    throw wrong(name, 'true or false');
  };
  const oneOf = <T extends string>(name: FlagName, ...choices: readonly T[]): T => {
    const found = choices.find((choice) => choice === text(name));
    if (found === undefined) throw wrong(name, `one of ${choices.join(', ')}`);
    return found;
  };
  const wrong = (name: FlagName, wanted: string): Error =>
    new CodedError('bad-flag', `store serve: --${name} is '${text(name)}', and has to be ${wanted}.`);
  const tls = (peer: '' | 'peer-'): TlsFiles => ({
    cert: text(`${peer}cert-file`),
    key: text(`${peer}key-file`),
    ca: text(`${peer}trusted-ca-file`),
    clientCertAuth: isOn(`${peer}client-cert-auth`),
    auto: isOn(`${peer}auto-tls`),
  });

  const name = text('name');
  const advertisePeerUrls = parseUrls('initial-advertise-peer-urls', list('initial-advertise-peer-urls')).toSorted();
  const initial = text('initial-cluster') || advertisePeerUrls.map((url) => `${name}=${url}`).join();
  const heartbeatMs = number('heartbeat-interval');
  const electionTimeoutMs = number('election-timeout');
  if (heartbeatMs < 1 || electionTimeoutMs < 5 * heartbeatMs || electionTimeoutMs > 50_000)
    throw wrong('election-timeout', 'at least five times --heartbeat-interval, and at most 50000');
  const [listenPeers, another] = parseUrls('listen-peer-urls', list('listen-peer-urls')).map(
    bindAddress('listen-peer-urls'),
  );
  if (!listenPeers || another) throw wrong('listen-peer-urls', 'one URL here');
  if (said.has('listen-client-urls') && !said.has('advertise-client-urls'))
    throw wrong('advertise-client-urls', 'given where --listen-client-urls is');
  const quota = number('quota-backend-bytes');
  const progressIntervalMs = durationMs(text('watch-progress-notify-interval'));
  if (!progressIntervalMs) throw wrong('watch-progress-notify-interval', 'a duration like 10m');
  const retentionMs = durationMs(text('history-retention'));
  if (retentionMs === undefined) throw wrong('history-retention', 'a duration like 24h, or 0');
  return {
    name,
    dataDir: text('data-dir') || `${name}.etcd`,
    logDir: text('wal-dir') || undefined,
    listenClients: parseUrls('listen-client-urls', list('listen-client-urls')).map(bindAddress('listen-client-urls')),
    advertiseClientUrls: parseUrls('advertise-client-urls', list('advertise-client-urls')),
    listenPeers,
    advertisePeerUrls,
    initialCluster: parseInitialCluster(initial, { name, advertisePeerUrls }),
    token: text('initial-cluster-token'),
    joins: oneOf('initial-cluster-state', 'new', 'existing') === 'existing',
    forceNewCluster: isOn('force-new-cluster'),
    maxLearners: number('max-learners'),
    clientTls: tls(''),
    peerTls: tls('peer-'),
    checkpointEntries: Math.max(1, number('snapshot-count')),
    heartbeatMs,
    electionTimeoutMs,
    // As in etcd: zero is the default, and below it there is no quota.
    quotaBytes: quota === 0 ? defaultQuotaBytes : quota < 0 ? Number.MAX_SAFE_INTEGER : quota,
    autoCompaction: parseAutoCompaction(text('auto-compaction-mode') || 'periodic', text('auto-compaction-retention')),
    retentionMs,
    maxTxnOps: number('max-txn-ops'),
    maxRequestBytes: number('max-request-bytes'),
    metrics: parseUrls('listen-metrics-urls', list('listen-metrics-urls')).map(bindAddress('listen-metrics-urls')),
    progressIntervalMs,
    logLevel: levels[text('log-level')] ?? 'info',
    logFormat: oneOf('log-format', 'console', 'json') === 'json' ? 'json' : 'text',
    logOutputs: list('log-outputs'),
  };
}
