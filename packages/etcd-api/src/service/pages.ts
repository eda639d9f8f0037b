import { utf8 } from '@trireme/base';
import type { KvStatus } from '@trireme/ports';
import type { ServiceDeps } from './service-deps.ts';

/** An answer to a plain GET. */
export interface EtcdPage {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

/** Undefined for a path that is not known. The path may carry a query. */
export type EtcdPages = (path: string) => Promise<EtcdPage> | undefined;

type Deps = Pick<ServiceDeps, 'kv' | 'member' | 'version' | 'residentBytes'>;

const probeKey = utf8('health');
const ok: EtcdPage = { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok\n' };

/** What etcd serves beside gRPC: whether it is well, what it is, and numbers for Prometheus. */
export function createEtcdPages(deps: Deps): EtcdPages {
  const pages: Readonly<Record<string, (query: URLSearchParams) => Promise<EtcdPage>>> = {
    '/health': async (query) =>
      health(await trouble(deps, query.get('serializable') === 'true', query.getAll('exclude'))),
    '/livez': async () => check(await trouble(deps, true, ['NOSPACE', 'CORRUPT'])),
    '/readyz': async () => check(await trouble(deps, false, ['NOSPACE'])),
    '/version': async () => json(200, { etcdserver: deps.version, etcdcluster: deps.version, storage: deps.version }),
    '/metrics': async () => ({
      status: 200,
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: await metrics(deps),
    }),
  };
  return (path) => {
    const { pathname, searchParams } = new URL(path, 'http://etcd');
    return pages[pathname]?.(searchParams);
  };
}

/** Why this member is not well, in etcd's words. */
async function trouble(
  { kv, member }: Deps,
  serializable: boolean,
  excluded: readonly string[],
): Promise<string | undefined> {
  const alarms = (await member?.alarms?.({ serializable: true })) ?? [];
  // A member whose key space differs is out of service alone: whoever starts anew what is not well must not start them all.
  const concerning = alarms.filter(({ type, memberId }) => type !== 'corrupt' || memberId === member?.id);
  const names = concerning.map(({ type }) => (type === 'no-space' ? 'NOSPACE' : 'CORRUPT'));
  const alarm = names.find((each) => !excluded.includes(each));
  if (alarm) return `ALARM ${alarm}`;
  try {
    if (!serializable && (await kv.status()).leaderId === 0n) return 'RAFT NO LEADER';
    await kv.range({ key: probeKey, countOnly: true, serializable });
    return undefined;
  } catch {
    return serializable ? 'SERIALIZABLE READ ERROR' : 'QGET ERROR';
  }
}

function health(reason: string | undefined): EtcdPage {
  return json(reason === undefined ? 200 : 503, { health: String(reason === undefined), reason: reason ?? '' });
}

function check(reason: string | undefined): EtcdPage {
  return reason === undefined ? ok : { ...ok, status: 503, body: `${reason}\n` };
}

function json(status: number, value: object): EtcdPage {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}

async function metrics({ kv, version, residentBytes }: Deps): Promise<string> {
  const status = await kv.status();
  const gauge = (name: string, help: string, value: string | number, labels = ''): string =>
    `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}${labels} ${value}\n`;
  return [
    gauge(
      'etcd_server_has_leader',
      'Whether or not a leader exists. 1 is existence, 0 is not.',
      bit(status.leaderId !== 0n),
    ),
    gauge('etcd_server_is_leader', 'Whether or not this member is a leader. 1 if is, 0 otherwise.', bit(leads(status))),
    gauge(
      'etcd_server_is_learner',
      'Whether or not this member is a learner. 1 if is, 0 otherwise.',
      bit(status.isLearner),
    ),
    gauge('etcd_server_version', 'Which version is running.', 1, `{server_version="${version}"}`),
    gauge('etcd_server_proposals_committed_total', 'The index of the last entry of the log.', status.raftIndex),
    gauge('etcd_server_proposals_applied_total', 'The index of the last applied entry.', status.raftAppliedIndex),
    gauge('etcd_mvcc_db_total_size_in_bytes', 'Keys and values, all revisions that are kept.', status.dbSizeBytes),
    gauge('etcd_debugging_mvcc_current_revision', 'The revision of the store.', status.header.revision),
    gauge('etcd_debugging_mvcc_compact_revision', 'The revision that was compacted to.', status.compactRevision),
    residentBytes ? gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', residentBytes()) : '',
  ].join('');
}

function leads({ leaderId, header }: KvStatus): boolean {
  return leaderId === header.memberId;
}

function bit(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}
