import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** True where etcd and etcdctl are installed. Where not, says so, so that a green run is not taken for a proof. */
export function hasEtcd(): boolean {
  const missing = ['etcd', 'etcdctl'].filter((name) => spawnSync(name, ['--version']).error !== undefined);
  if (missing.length === 0) return true;
  console.error(
    `\n*** The tests with a real etcd are SKIPPED: ${missing.join(' and ')} not found. Install etcd-server and etcd-client. ***\n`,
  );
  return false;
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'store-backup-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function etcdctl(args: readonly string[], options: { readonly cwd?: string } = {}): Promise<string> {
  const { stdout } = await run('etcdctl', [...args], { ...options, env: { ...process.env, ETCDCTL_API: '3' } });
  return stdout;
}

export interface RealEtcd {
  readonly endpoint: string;
  ctl(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts one on loopback and waits until it answers. The members that its folder knows may be others. */
export async function startEtcd(dataDirectory: string, ports?: EtcdPorts): Promise<RealEtcd> {
  const { client, peer } = ports ?? (await freePorts());
  const endpoint = `http://127.0.0.1:${client}`;
  const urls = [
    ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
    ...['--listen-peer-urls', `http://127.0.0.1:${peer}`, '--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`],
    ...['--initial-cluster', `default=http://127.0.0.1:${peer}`],
  ];
  const child = spawn('etcd', ['--data-dir', dataDirectory, ...urls], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      output = (output + bytes.toString()).slice(-4000);
    });
  const ctl = (...args: readonly string[]): Promise<string> => etcdctl(['--endpoints', endpoint, ...args]);
  for (let attempt = 0; ; attempt++) {
    try {
      await ctl('--command-timeout', '500ms', 'endpoint', 'health');
      break;
    } catch (error) {
      if (attempt < 40 && child.exitCode === null) continue;
      await end(child);
      throw new Error(`etcd did not start: ${output}`, { cause: error });
    }
  }
  return { endpoint, ctl, stop: () => end(child) };
}

export interface EtcdPorts {
  readonly client: number;
  readonly peer: number;
}

export async function freePorts(): Promise<EtcdPorts> {
  return { client: await freePort(), peer: await freePort() };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
