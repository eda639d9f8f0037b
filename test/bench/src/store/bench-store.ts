import { type LoopWork, loopWorks } from '../load/jobs.ts';
import { sleep } from '../load/window.ts';
import { busyCores, describeEnvironment } from '../report/environment.ts';
import type { Figure, Report, Row } from '../report/report.ts';
import { type Contender, startBoth } from '../run/contender.ts';
import { isInMemory, openWorkshop, type Workshop } from '../run/processes.ts';
import { profileFlags } from '../run/profile.ts';
import { createSession, type Session } from '../run/session.ts';
import { judge } from './demands.ts';
import { type FoundEtcd, findEtcd, wantedEtcd } from './find-etcd.ts';
import { kvWorks } from './kv-works.ts';
import { fill, measureFailover, measureLoops, measureWatch } from './measure.ts';
import { measureKv } from './measure-kv.ts';
import type { StoreBenchOptions } from './options.ts';
import { bundleDrivenMember, bundleStore } from './ours.ts';
import { type StoreCluster, type StoreProgram, startStoreCluster } from './store-cluster.ts';

/** Our three members and a real three-member etcd in one run. Undefined where no etcd can be found. */
export async function benchStore(options: StoreBenchOptions, say: (line: string) => void): Promise<Report | undefined> {
  const etcd = await findEtcd(options.etcd, say);
  if (!etcd) return undefined;
  say(`peer: etcd ${etcd.version} (${etcd.origin}: ${etcd.path})`);
  const workshop = await openWorkshop(options.folder);
  const session = createSession(workshop, say);
  try {
    const environment = describeEnvironment(workshop.folder);
    await warnOfSurroundings(session, etcd, workshop.folder);
    const { rows, figures } = await measureAll(session, etcd, options);
    return {
      benchmark: 'store',
      date: new Date().toISOString(),
      contenders: { ours: 'trireme', peer: `etcd ${etcd.version} (${etcd.origin})` },
      environment,
      method: methodOf(options),
      rows,
      figures,
      demands: judge(rows, figures),
      warnings: session.warnings,
      failed: session.failed,
    };
  } finally {
    await workshop.close();
  }
}

async function warnOfSurroundings(session: Session, etcd: FoundEtcd, folder: string): Promise<void> {
  if (etcd.version !== wantedEtcd)
    session.warnings.push(`the demands are against etcd ${wantedEtcd}, and this is ${etcd.version}`);
  if (await isInMemory(folder)) session.warnings.push(`${folder} is in memory, where syncing costs nothing: use --dir`);
  const busy = await busyCores(sleep);
  if (busy > 0.2)
    session.warnings.push(`before anything started, ${busy.toFixed(1)} cores were busy with something else`);
}

async function measureAll(session: Session, etcd: FoundEtcd, options: StoreBenchOptions) {
  const { workshop } = session;
  const wanted = (work: string): boolean => options.only.some((each) => each === work);
  const rows: Row[] = [];
  const figures: Figure[] = [];
  const both = await startBoth(trireme(workshop, options), etcdOf(workshop, etcd));
  const loops = async (works: readonly LoopWork[]): Promise<void> => {
    for (const work of works.filter(wanted))
      for (const clients of options.clients) rows.push(await measureLoops(session, both, options, work, clients));
  };
  const loaded = await fill(session, both, options);
  if (wanted('memory')) figures.push(...loaded);
  await loops(['put']);
  // A read that follows a burst of writes pays for it, in etcd 3.4 two and three times over: so both begin anew.
  if (loopWorks.some((work) => work !== 'put' && wanted(work))) for (const { cluster } of both) await cluster.restart();
  await loops(loopWorks.filter((work) => work !== 'put'));
  if (wanted('watch')) rows.push(await measureWatch(session, both, options, options.putsPerSecond));
  if (wanted('watch-flood')) rows.push(await measureWatch(session, both, options, undefined));
  if (wanted('failover')) {
    const failover = await session.guard('failover', () => measureFailover(session, both, options));
    if (failover) figures.push(failover);
  }
  for (const { cluster } of both) await cluster.stop();
  const inProcess = kvWorks.filter((work) => wanted(`kv-${work}`));
  if (inProcess.length > 0) {
    const program = await bundleDrivenMember(workshop);
    await session.guard('in-process', () => measureKv(session, program, options, inProcess, rows));
  }
  return { rows, figures };
}

function trireme(workshop: Workshop, options: StoreBenchOptions): Contender<StoreCluster> {
  return {
    role: 'ours',
    title: 'trireme',
    start: async () => startStoreCluster(workshop, 'ours', await ourProgram(options)),
  };
}

function etcdOf(workshop: Workshop, { path, version }: FoundEtcd): Contender<StoreCluster> {
  return {
    role: 'peer',
    title: `etcd ${version}`,
    start: () => startStoreCluster(workshop, 'peer', { program: path, args: [] }),
  };
}

/** A member that is to leave a profile has to end by itself. */
async function ourProgram({ profile }: StoreBenchOptions): Promise<StoreProgram> {
  return profile === undefined ? bundleStore([]) : { ...(await bundleStore(profileFlags(profile))), endMs: 20_000 };
}

function methodOf(options: StoreBenchOptions): string[] {
  return [
    `3 members on each side, every default, synced writes, TLS with client certificates to clients and between members.`,
    `${options.keys} keys of 256 B, chosen at random; history is compacted after each measurement of writes; both sides are restarted before reads.`,
    `A client is a closed loop; clients share min(clients, 100) connections, dealt to the members in turn, the leader's first.`,
    `The sides by turns, ${options.rounds} round(s) of ${options.seconds} s after ${options.warmSeconds} s of warm-up; medians of the rounds. Both stay up; the idle one's CPU is in the JSON.`,
    `CPU is user and system time of all three members; RSS is the peak of the largest one. load CPU: cores used by the load generator (ours/peer), which shares the machine.`,
  ];
}
