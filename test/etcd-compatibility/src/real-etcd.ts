import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { freePorts } from './run.ts';

/** True where a program is installed. Where not, says loudly what is not proven, so that a green run is not taken for a proof. */
export function isInstalled(program: 'etcd' | 'etcdctl'): boolean {
  if (spawnSync(program, ['--version']).error === undefined) return true;
  const debian = program === 'etcd' ? 'etcd-server' : 'etcd-client';
  console.error(`\n*** SKIPPED: ${program} is not installed, so nothing is proven with it. Install ${debian}. ***\n`);
  return false;
}

/** A real etcd on loopback, alone. */
export async function startRealEtcd(directory: string): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  const [client, peer] = await freePorts(2);
  const [endpoint, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const urls = [
    ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
    ...['--initial-cluster', `default=${peerUrl}`],
  ];
  const child: ChildProcess = spawn('etcd', ['--data-dir', directory, ...urls], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    endpoint,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
