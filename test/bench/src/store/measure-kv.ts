import type { JobResult } from '../load/jobs.ts';
import { compare, type Row, sideOf } from '../report/report.ts';
import { createWorker, type Worker } from '../run/generator.ts';
import { type Session, settle } from '../run/session.ts';
import type { MemberJob } from './drive-member.ts';
import type { KvWork } from './kv-works.ts';
import type { StoreBenchOptions } from './options.ts';
import { type StoreCluster, type StoreProgram, startStoreCluster } from './store-cluster.ts';

const marginMs = 40_000;

/**
 * Our `Kv` with no wire in between, in the leader's process: what an apiserver in it has. The other members are processes of
 * their own. The peer's side of a row is what that apiserver would have instead: the peer's answers over gRPC, from `rows`, to which these are added.
 */
export async function measureKv(
  session: Session,
  program: StoreProgram,
  options: StoreBenchOptions,
  works: readonly KvWork[],
  rows: Row[],
): Promise<void> {
  const cluster = await startStoreCluster(session.workshop, 'in-process', program);
  const workers = createWorkers(cluster);
  try {
    await fillByKv(session, cluster, options);
    for (const work of works) {
      for (const clients of options.clients) {
        const rounds = [];
        for (let round = 1; round <= options.rounds; round++) {
          const what = `kv-${work}, ${clients} clients, round ${round}`;
          const done = await drive(session, what, { cluster, workers }, { ...options, work, clients });
          if (done?.measurement) rounds.push(done.measurement);
          if (work === 'put') await session.guard(`after ${what}`, () => cluster.compact());
        }
        const peer = rows.find((row) => row.work === work && row.clients === clients)?.peer ?? null;
        rows.push(compare({ work: `kv-${work}`, clients, ours: sideOf(rounds), peer, peerWork: `${work} by gRPC` }));
      }
    }
  } finally {
    await cluster.stop();
  }
}

async function fillByKv(session: Session, cluster: StoreCluster, options: StoreBenchOptions): Promise<void> {
  const endpoints = (await cluster.members()).map(({ endpoint }) => endpoint);
  const job = async () => ({ type: 'fill', endpoints, keys: options.keys, clients: 100, timeoutMs: 180_000 }) as const;
  const done = await session.attempt('in-process: put all keys', job, 200_000);
  if (!done) throw new Error('the members for the in-process rows could not be loaded');
}

async function drive(
  session: Session,
  what: string,
  {
    cluster,
    workers,
  }: { readonly cluster: StoreCluster; readonly workers: (name: string) => Worker<MemberJob, JobResult> },
  load: Pick<MemberJob, 'work' | 'clients' | 'keys'> & Pick<StoreBenchOptions, 'seconds' | 'warmSeconds'>,
): Promise<JobResult | undefined> {
  await settle(cluster.pids);
  const [leader] = await cluster.members();
  if (!leader) throw new Error('the members for the in-process rows have ended');
  const { work, clients, keys } = load;
  const times = { warmMs: load.warmSeconds * 1000, measureMs: load.seconds * 1000 };
  const job: MemberJob = { work, clients, keys, ...times, pids: cluster.pids(), idlePids: [] };
  return session.guard(what, async () => {
    const done = await workers(leader.name).run(job, times.warmMs + times.measureMs + marginMs);
    session.say(`${what}: ${Math.round(done.measurement?.opsPerSecond ?? 0)}/s`);
    return done;
  });
}

/** One face for each process, whoever leads. */
function createWorkers(cluster: StoreCluster): (name: string) => Worker<MemberJob, JobResult> {
  const known = new Map<string, Worker<MemberJob, JobResult>>();
  return (name) => {
    const worker = known.get(name) ?? createWorker<MemberJob, JobResult>(cluster.child(name), `member ${name}`);
    known.set(name, worker);
    return worker;
  };
}
