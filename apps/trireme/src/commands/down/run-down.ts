import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { listProcesses } from '@trireme/adapter-node';
import { createSystemTime } from '@trireme/adapter-system';
import type { Time } from '@trireme/ports';
import type { ClusterSpec } from '../../cluster-spec.ts';
import { type Home, homeOf, needSpec } from '../../home.ts';
import { createProgress } from '../../progress.ts';
import { isAlive, startMarkOf } from '../../supervise/process-identity.ts';
import { type ProcessTable, readProcessTable } from '../../supervise/process-table.ts';
import { endProcess } from '../../supervise/supervisor.ts';
import type { DownOptions } from './command-options.ts';
import { removeNodes } from './remove-nodes.ts';

const daemonGraceMs = 90_000;
const graceMs = 10_000;

/** Ends everything of the cluster, by what its tables and its own names say, so that it works after any crash too. */
export async function runDown(options: DownOptions): Promise<void> {
  const spec: ClusterSpec = needSpec(options.name);
  const home = homeOf(options.name);
  const time = createSystemTime();
  const progress = createProgress();
  await progress.stage('stop processes', async (note) => note(`${await endProcesses(time, home)} ended`));
  if (spec.runtime === 'containerd')
    await progress.stage('stop containers, remove networks', () => removeNodes(home, spec));
  if (options.purge)
    await progress.stage('remove data', async () => rmSync(home.directory, { recursive: true, force: true }));
  progress.line(
    options.purge
      ? `Cluster ${spec.name} is gone.`
      : `Cluster ${spec.name} is down. Its data is in ${home.directory}; ./trireme up brings it back.`,
  );
}

/** The daemon first, or it would start again what ends; then what it left, then what servers and agents keep. */
async function endProcesses(time: Time, home: Home): Promise<number> {
  let ended = 0;
  const end = async (pid: number | undefined, startMark: string | undefined, grace: number): Promise<void> => {
    if (pid === undefined || startMark === undefined || !isAlive(pid, startMark)) return;
    await endProcess(time, pid, startMark, grace);
    ended += 1;
  };
  const daemon = readProcessTable(home.daemonTable);
  if (daemon) await end(daemon.supervisor.pid, daemon.supervisor.startMark, daemonGraceMs);
  const inner = globSync('{members,nodes}/*/run/*.json', { cwd: home.directory }).map((file) =>
    readProcessTable(join(home.directory, file)),
  );
  for (const table of [daemon, ...inner].filter((each): each is ProcessTable => each !== undefined)) {
    await Promise.all(table.processes.map((process) => end(process.pid, process.startMark, graceMs)));
  }
  await Promise.all((await leftovers(home)).map((pid) => end(pid, startMarkOf(pid), graceMs)));
  return ended;
}

const keptCommands = ['server', 'agent', 'controllers', 'proxy'];

/** Processes of the cluster that no table has: that of a member was in the folder which the member lost. */
async function leftovers(home: Home): Promise<readonly number[]> {
  if (process.platform !== 'linux') return [];
  const own = (argv: readonly string[]): boolean =>
    keptCommands.some((command) => argv.indexOf(command) > 0) &&
    argv.some((each, index) => isDirectoryFlag(argv[index - 1]) && `${each}/`.startsWith(`${home.directory}/`));
  return (await listProcesses()).filter(({ argv }) => own(argv)).map(({ pid }) => pid);
}

function isDirectoryFlag(flag: string | undefined): boolean {
  return flag === '--data-dir' || flag === '--directory';
}
