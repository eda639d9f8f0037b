/** How a flag's value is written: `switch` takes none, or =true and =false. */
export type FlagKind = 'text' | 'number' | 'switch' | 'duration';

export interface Flag {
  readonly kind: FlagKind;
  readonly default: string;
  readonly help: string;
  /** Why it has no effect here. It is taken all the same, since it stands in people's unit files and manifests. */
  readonly idle?: string;
}

const text = (fallback: string, help: string): Flag => ({ kind: 'text', default: fallback, help });
const number = (fallback: string, help: string): Flag => ({ kind: 'number', default: fallback, help });
const onOff = (help: string): Flag => ({ kind: 'switch', default: 'false', help });
const idle = (kind: FlagKind, why: string): Flag => ({ kind, default: '', help: '', idle: why });

const always = 'it is always so here';
const nothing = 'there is nothing of the kind here';
const later = 'this is not offered here';

/** etcd's flags by their names, in the order in which help lists them. */
export const flagTable = {
  name: text('default', 'the name of this member'),
  'data-dir': text('', 'where it keeps everything (default: NAME.etcd)'),
  'wal-dir': text('', 'where it keeps its log, if apart'),
  'listen-client-urls': text('http://localhost:2379', 'where to serve clients, with commas between'),
  'advertise-client-urls': text('http://localhost:2379', 'where clients reach this member'),
  'listen-peer-urls': text('http://localhost:2380', 'where to listen for the other members'),
  'initial-advertise-peer-urls': text('http://localhost:2380', 'where the other members reach this one'),
  'initial-cluster': text('', 'all members at the start: NAME=URL,NAME=URL (default: this one alone)'),
  'initial-cluster-token': text('etcd-cluster', 'tells clusters apart that begin alike'),
  'initial-cluster-state': text('new', "new, or existing to join a cluster that was told by 'etcdctl member add'"),
  'force-new-cluster': onOff('when most members are lost for good: make this one the only one, on the data it has'),
  'max-learners': number('1', 'learners that may be members at a time'),
  'cert-file': text('', 'certificate for clients'),
  'key-file': text('', 'its key'),
  'client-cert-auth': onOff('let in only clients with a certificate'),
  'trusted-ca-file': text('', 'the authority of client certificates'),
  'auto-tls': onOff('serve clients with a certificate made here'),
  'peer-cert-file': text('', 'certificate for the other members, for both ends of a connection'),
  'peer-key-file': text('', 'its key'),
  'peer-client-cert-auth': onOff('hear only members with a certificate'),
  'peer-trusted-ca-file': text('', 'the authority of member certificates'),
  'peer-auto-tls': onOff('speak to other members with certificates made here'),
  'snapshot-count': number('10000', 'write the state to disk after so many entries'),
  'heartbeat-interval': number('100', 'milliseconds'),
  'election-timeout': number('1000', 'milliseconds'),
  'quota-backend-bytes': number('0', 'what the store may hold; 0: 2 GiB'),
  'auto-compaction-mode': text('periodic', 'periodic, or revision'),
  'auto-compaction-retention': text('0', 'hours or a duration like 30m, or revisions; 0: compact nothing by itself'),
  'history-retention': {
    kind: 'duration',
    default: '0',
    help: "for how long backups can go back past what was compacted, like 24h; not one of etcd's",
  },
  'max-txn-ops': number('128', 'operations in a transaction'),
  'max-request-bytes': number('1572864', 'bytes of a request'),
  'listen-metrics-urls': text('', 'where to serve /metrics, /health, /livez and /readyz, beside the client URLs'),
  'watch-progress-notify-interval': { kind: 'duration', default: '10m', help: 'progress of idle watches' },
  'log-level': text('info', 'debug, info, warn or error'),
  'log-format': text('console', 'console, or json'),
  'log-outputs': text('default', 'default, stderr, stdout, or files, with commas between'),
  'config-file': text('', 'a YAML file with all of these instead; then nothing else is read'),
  version: onOff('print the version'),
  help: onOff('print this'),

  'strict-reconfig-check': idle('switch', always),
  'pre-vote': idle('switch', always),
  'initial-election-tick-advance': idle('switch', always),
  'enable-grpc-gateway': idle('switch', later),
  'enable-pprof': idle('switch', 'profile with the tools of Node.js'),
  'enable-v2': idle('switch', nothing),
  'v2-deprecation': idle('text', nothing),
  'unsafe-no-fsync': idle('switch', 'what is acknowledged is always on disk'),
  logger: idle('text', 'there is one logger'),
  'log-package-levels': idle('text', 'there is one level'),
  debug: idle('switch', 'use --log-level debug'),
  'enable-log-rotation': idle('switch', 'rotate with the tools of the system'),
  'log-rotation-config-json': idle('text', 'rotate with the tools of the system'),
  metrics: idle('text', 'there is one level of detail'),
  'max-snapshots': idle('number', nothing),
  'max-wals': idle('number', nothing),
  'backend-bbolt-freelist-type': idle('text', nothing),
  'backend-batch-interval': idle('duration', nothing),
  'backend-batch-limit': idle('number', nothing),
  'max-concurrent-streams': idle('number', later),
  'grpc-keepalive-min-time': idle('duration', later),
  'grpc-keepalive-interval': idle('duration', later),
  'grpc-keepalive-timeout': idle('duration', later),
  'socket-reuse-port': idle('switch', later),
  'socket-reuse-address': idle('switch', always),
  'raft-read-timeout': idle('duration', nothing),
  'raft-write-timeout': idle('duration', nothing),
  'auth-token': idle('text', 'who may call is settled by certificates'),
  'auth-token-ttl': idle('number', 'who may call is settled by certificates'),
  'bcrypt-cost': idle('number', 'who may call is settled by certificates'),
  cors: idle('text', later),
  'host-whitelist': idle('text', later),
  'cipher-suites': idle('text', 'those of TLS 1.3 and the safe ones of 1.2 are offered'),
  'tls-min-version': idle('text', 'it is TLS 1.2 for clients, and 1.3 between members'),
  'tls-max-version': idle('text', 'it is TLS 1.3'),
  'self-signed-cert-validity': idle('number', 'it is a year'),
} as const satisfies Readonly<Record<string, Flag>>;

export type FlagName = keyof typeof flagTable;

/** What would be unsafe to pass over: who asks for it must know that it is not here. */
export const refusedFlags: Readonly<Record<string, string>> = {
  discovery: 'Name the members with --initial-cluster.',
  'discovery-srv': 'Name the members with --initial-cluster.',
  proxy: 'There is no proxy here; clients take several endpoints.',
  'client-crl-file': 'Certificates cannot be revoked here; issue short-lived ones.',
  'peer-crl-file': 'Certificates cannot be revoked here; issue short-lived ones.',
  'client-cert-allowed-hostname':
    'All clients with a certificate of the authority are let in; use an authority of its own.',
  'peer-cert-allowed-cn': 'All members with a certificate of the authority are heard; use an authority of its own.',
  'peer-cert-allowed-hostname':
    'All members with a certificate of the authority are heard; use an authority of its own.',
};

/** Flags of a kind that etcd changes with every version, by how they begin. All of them tune or switch on what it tries out. */
export const idlePrefixes = [
  'experimental-',
  'feature-gates',
  'compact-hash-check-',
  'corrupt-check-',
  'warning-',
  'downgrade-',
  'discovery-token',
  'bootstrap-defrag-',
  'compaction-',
  'memory-mlock',
] as const;
