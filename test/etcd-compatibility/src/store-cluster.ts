import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemTime } from '@trireme/adapter-system';
import { createEtcdKv, type EtcdKv } from '@trireme/etcd-api';
import { type CertificateFiles, createCertificates } from './certificates.ts';
import { type Done, freePorts, type RunOptions, run } from './run.ts';
import { createStoreProcess, type StoreProcess } from './store-process.ts';

/** Processes of `store serve` on loopback, over TLS with client certificates. */
export interface StoreCluster {
  readonly directory: string;
  readonly members: readonly StoreProcess[];
  readonly endpoints: readonly string[];
  readonly certificates: CertificateFiles;
  /** etcdctl, with all endpoints. */
  ctl(args: readonly string[], options?: RunOptions): Promise<Done>;
  /** Prints what etcdctl printed. Throws where it failed. */
  say(...args: readonly string[]): Promise<string>;
  /** The environment in which etcdctl finds the cluster. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes one more member, which is not started. */
  newMember(name: string, cluster: string): Promise<StoreProcess>;
  client(endpoints?: readonly string[]): EtcdKv;
  stop(): Promise<void>;
}

const names = ['m1', 'm2', 'm3'];

export async function startStoreCluster(more: readonly string[] = []): Promise<StoreCluster> {
  const directory = mkdtempSync(join(tmpdir(), 'etcd-compatibility-'));
  const certificates = await createCertificates(directory, 'client');
  const peer = await createCertificates(directory, 'peer');
  const ports = await freePorts(2 * names.length);
  const started: StoreProcess[] = [];
  const clients: EtcdKv[] = [];

  const create = (name: string, [client = 0, peerPort = 0]: readonly number[], cluster: string): StoreProcess => {
    const what = {
      name,
      clientUrl: `https://127.0.0.1:${client}`,
      peerUrl: `https://127.0.0.1:${peerPort}`,
      dataDir: join(directory, name),
    };
    const made = createStoreProcess(what, [
      ...['--name', name, '--data-dir', what.dataDir],
      ...['--listen-client-urls', what.clientUrl, '--advertise-client-urls', what.clientUrl],
      ...['--listen-peer-urls', what.peerUrl, '--initial-advertise-peer-urls', what.peerUrl],
      ...['--initial-cluster', cluster, '--initial-cluster-token', 'compatibility'],
      ...['--cert-file', certificates.cert, '--key-file', certificates.key],
      ...['--client-cert-auth', '--trusted-ca-file', certificates.ca],
      ...['--peer-cert-file', peer.cert, '--peer-key-file', peer.key],
      ...['--peer-client-cert-auth', '--peer-trusted-ca-file', peer.ca],
      ...more,
    ]);
    started.push(made);
    return made;
  };

  const initial = names.map((name, i) => `${name}=https://127.0.0.1:${ports[2 * i + 1]}`).join();
  const members = names.map((name, i) => create(name, ports.slice(2 * i, 2 * i + 2), initial));
  for (const member of members) member.start();
  const endpoints = members.map(({ clientUrl }) => clientUrl);
  const env = {
    ETCDCTL_API: '3',
    ETCDCTL_ENDPOINTS: endpoints.join(),
    ETCDCTL_CACERT: certificates.ca,
    ETCDCTL_CERT: certificates.cert,
    ETCDCTL_KEY: certificates.key,
  };
  const ctl = (args: readonly string[], options: RunOptions = {}): Promise<Done> =>
    run('etcdctl', args, { ...options, env: { ...env, ...options.env } });

  const cluster: StoreCluster = {
    directory,
    members,
    endpoints,
    certificates,
    env,
    ctl,
    async say(...args) {
      const { code, stdout, stderr } = await ctl(args);
      if (code !== 0) throw new Error(`etcdctl ${args.join(' ')} failed (${code}): ${stderr}${stdout}`);
      return stdout;
    },
    newMember: async (name, planned) => create(name, await freePorts(2), planned),
    client(to = endpoints) {
      const client = createEtcdKv({ endpoints: to, tls: certificates.pem, time: createSystemTime() });
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.close();
      await Promise.all(started.map((member) => member.stop('SIGKILL')));
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await untilReady(cluster).catch(async (cause: unknown) => {
    const said = members.map((member) => member.output()).join('\n');
    await cluster.stop();
    throw new Error(`the store did not start:\n${said}`, { cause });
  });
  return cluster;
}

/** Resolves when every member knows a leader and where all members serve. */
async function untilReady(cluster: StoreCluster): Promise<void> {
  const until = Date.now() + 30_000;
  for (const endpoint of cluster.endpoints) {
    const kv = cluster.client([endpoint]);
    for (;;) {
      const ready = await kv.range({ key: new Uint8Array([1]), countOnly: true }).then(
        () => true,
        () => false,
      );
      if (ready) break;
      if (Date.now() > until) throw new Error(`${endpoint} does not answer`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
