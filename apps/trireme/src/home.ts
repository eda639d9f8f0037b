import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '@trireme/base';
import type { ClusterSpec } from './cluster-spec.ts';

/** Where everything of one cluster lives on this machine: ${TRIREME_HOME:-~/.trireme}/NAME. */
export interface Home {
  readonly directory: string;
  readonly specFile: string;
  readonly adminKubeconfig: string;
  /** The administrator's certificate again, in the files that clients of etcd take. */
  readonly etcdClient: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly logs: string;
  /** Tables of the supervisors, which `status` reads. */
  readonly run: string;
  readonly daemonTable: string;
  memberDirectory(ordinal: number): string;
  nodeDirectory(nodeName: string): string;
}

export function homeRoot(): string {
  return process.env.TRIREME_HOME || join(homedir(), '.trireme');
}

/** Shared by all clusters: unpacked kubectl, image archives. */
export function cacheDirectory(): string {
  return join(homeRoot(), '.cache');
}

export function homeOf(name: string): Home {
  const directory = join(homeRoot(), name);
  const run = join(directory, 'run');
  return {
    directory,
    specFile: join(directory, 'cluster.json'),
    adminKubeconfig: join(directory, 'admin.kubeconfig'),
    etcdClient: {
      ca: join(directory, 'etcd', 'ca.crt'),
      cert: join(directory, 'etcd', 'admin.crt'),
      key: join(directory, 'etcd', 'admin.key'),
    },
    logs: join(directory, 'logs'),
    run,
    daemonTable: join(run, 'up.json'),
    memberDirectory: (ordinal) => join(directory, 'members', String(ordinal)),
    nodeDirectory: (nodeName) => join(directory, 'nodes', nodeName),
  };
}

/** Names of the clusters that this machine has state of. */
export function clusterNames(): string[] {
  const root = homeRoot();
  if (!existsSync(root)) return [];
  return readdirSync(root).filter((name) => existsSync(homeOf(name).specFile));
}

export function readSpec(name: string): ClusterSpec | undefined {
  const { specFile } = homeOf(name);
  if (!existsSync(specFile)) return undefined;
  return JSON.parse(readFileSync(specFile, 'utf8')) as ClusterSpec;
}

/** The cluster's spec, or an error that tells what to do. */
export function needSpec(name: string): ClusterSpec {
  const spec = readSpec(name);
  if (spec) return spec;
  const others = clusterNames();
  const hint = others.length > 0 ? ` Clusters here: ${others.join(', ')} (choose one with --name).` : '';
  throw new CodedError(
    'no-cluster',
    `no cluster "${name}" on this machine. Raise it with: ./trireme up --name ${name}${hint}`,
  );
}
