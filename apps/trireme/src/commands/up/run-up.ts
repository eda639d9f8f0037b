import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { applyNetworkPlan, type HostVerdict } from '@trireme/adapter-node';
import { createSystemRandom, createSystemTime } from '@trireme/adapter-system';
import { CodedError, messageOf } from '@trireme/base';
import { issue, kubeconfig } from '@trireme/pki';
import type { ClusterSpec } from '../../cluster-spec.ts';
import { homeOf, readSpec } from '../../home.ts';
import { certificateDays, writeCertificate, writeWhole } from '../../member/certificates.ts';
import { createSecrets, readClusterSecrets, writeSecrets } from '../../member/secrets.ts';
import { networkPlanOf } from '../../node-plan.ts';
import { createProgress, type Progress } from '../../progress.ts';
import { thisProgram } from '../../self.ts';
import { isAlive } from '../../supervise/process-identity.ts';
import { readProcessTable } from '../../supervise/process-table.ts';
import { installPackages, lookAtHost } from '../../system-packages.ts';
import { requireDown } from '../store/require-down.ts';
import type { UpOptions } from './command-options.ts';
import { planCluster } from './plan-cluster.ts';
import { waitForMembers, waitForNodes } from './wait-ready.ts';

/** Raises a cluster, or brings back the one that is there. Safe to repeat at any moment. */
export async function runUp(options: UpOptions): Promise<void> {
  const startedMs = performance.now();
  const progress = createProgress();
  const known = readSpec(options.name);
  if (known) refuseChanges(known, options);
  const host = await lookAtHost();
  const runtime = known?.runtime ?? chooseRuntime(options, host, progress);
  progress.line(`${known ? 'Bringing up' : 'Raising'} cluster ${options.name}`);
  if (runtime === 'containerd') await installMissing(options, host, progress);
  const spec = withRetention(known ?? (await planCluster(options, runtime)), options);
  await progress.stage('certificates and tokens', () => prepareHome(spec));
  if (runtime === 'containerd') {
    await progress.stage('network of the nodes', () => applyNetworkPlan(networkPlanOf(homeOf(spec.name), spec).steps));
  }
  const raisedMs = Date.now();
  const fresh = await progress.stage('start processes', async (note) => {
    const started = startDaemon(spec.name);
    if (!started) note('they were running');
    return started;
  });
  const deadlineMs = startedMs + options.timeout;
  await progress.stage(`${spec.members.length} control-plane member(s) ready`, (note) =>
    waitForMembers(spec, deadlineMs, note),
  );
  await progress.stage(`${spec.nodes.length} node(s) Ready`, (note) =>
    waitForNodes(spec, fresh ? raisedMs : 0, deadlineMs, note),
  );
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  progress.line(`\nCluster ${spec.name} is Ready after ${seconds} s, at https://127.0.0.1:${spec.port}. Try:`);
  const name = spec.name === 'trireme' ? '' : `--name ${spec.name} `;
  progress.line(`  ./trireme kubectl ${name}get nodes\n  ./trireme kubectl ${name}apply -f examples/hello.yaml`);
}

function chooseRuntime(options: UpOptions, host: HostVerdict, progress: Progress): ClusterSpec['runtime'] {
  const why = host.reasons.join(', ');
  if (options.runtime === 'simulated' || (options.runtime === undefined && !host.capable)) {
    const reason = options.runtime === 'simulated' ? 'as asked' : why;
    progress.line(`The nodes are simulated (${reason}): pods start, log and exit, but nothing really runs.`);
    return 'simulated';
  }
  if (!host.capable) {
    throw new CodedError('no-containers', `real containers cannot run here: ${why}. Use --runtime simulated`);
  }
  return 'containerd';
}

function refuseChanges(spec: ClusterSpec, options: UpOptions): void {
  const changes: readonly [string, unknown, unknown][] = [
    ['--members', options.members, spec.members.length],
    ['--nodes', options.nodes, spec.nodes.length],
    ['--runtime', options.runtime, spec.runtime],
    ['--port', options.port, spec.port],
  ];
  const changed = changes.filter(([, wanted, is]) => wanted !== undefined && wanted !== is);
  if (changed.length === 0) return;
  const texts = changed.map(([flag, wanted, is]) => `${flag} ${String(wanted)} (it has ${String(is)})`);
  throw new CodedError(
    'cluster-differs',
    `cluster "${spec.name}" exists and ${texts.join(', ')} would change it. Raise another with --name, or begin anew: ./trireme down --purge --name ${spec.name}`,
  );
}

/** Members keep history as they are told when they start, so this may change while the cluster is down. */
function withRetention(spec: ClusterSpec, { historyRetention: wanted }: UpOptions): ClusterSpec {
  const { historyRetentionMs: present = 0, ...rest } = spec;
  if (wanted === undefined || wanted === present) return spec;
  requireDown(homeOf(spec.name), spec.name);
  return wanted === 0 ? rest : { ...rest, historyRetentionMs: wanted };
}

async function installMissing(options: UpOptions, host: HostVerdict, progress: Progress): Promise<void> {
  if (host.ready) return;
  const missing = host.missingPackages.join(' ');
  if (!options.install || !host.capable) {
    throw new CodedError(
      'packages-missing',
      `real nodes cannot run now: ${host.reasons.join(', ')}. Install what is missing, or use --runtime simulated`,
    );
  }
  progress.line(`Installing with apt: ${missing}`);
  await progress.stage('install system packages', (note) => installPackages(host.missingPackages, note));
}

/** The cluster's secrets, the administrator's kubeconfig, and last the spec: with it the cluster exists. */
async function prepareHome(spec: ClusterSpec): Promise<void> {
  const home = homeOf(spec.name);
  mkdirSync(home.directory, { recursive: true, mode: 0o700 });
  mkdirSync(home.run, { recursive: true });
  mkdirSync(home.logs, { recursive: true });
  const time = createSystemTime();
  const pki = join(home.memberDirectory(1), 'pki');
  const secrets = readClusterSecrets(home, spec) ?? (await createSecrets(spec.name, createSystemRandom(), time.now()));
  writeSecrets(pki, secrets);
  const credentials = await issue(secrets.ca, {
    subject: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
    usages: ['client'],
    validDays: certificateDays,
    nowMs: time.now(),
  });
  const config = kubeconfig({
    clusterName: spec.name,
    userName: 'kubernetes-admin',
    server: `https://127.0.0.1:${spec.port}`,
    caPem: secrets.ca.certificatePem,
    credentials,
  });
  writeWhole(home.adminKubeconfig, config, 0o600);
  writeCertificate(dirname(home.etcdClient.cert), 'admin', credentials);
  writeWhole(home.etcdClient.ca, secrets.ca.certificatePem, 0o644);
  writeWhole(home.specFile, `${JSON.stringify(spec, null, 2)}\n`, 0o600);
}

/** False where it runs already. */
function startDaemon(name: string): boolean {
  const home = homeOf(name);
  const running = readProcessTable(home.daemonTable)?.supervisor;
  if (running && isAlive(running.pid, running.startMark)) return false;
  const self = thisProgram();
  const log = openSync(join(home.logs, 'up.log'), 'a', 0o640);
  try {
    const child = spawn(self.node, [...self.args, 'daemon', '--name', name], {
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.on('error', (error) => {
      throw new CodedError('cannot-start', `start the daemon: ${messageOf(error)}`);
    });
    child.unref();
  } finally {
    closeSync(log);
  }
  return true;
}
