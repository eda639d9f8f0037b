import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '@trireme/base';
import { cgroupProcesses, readCgroupHierarchies, removeCgroup } from './cgroups.ts';
import { unmountBelow } from './mounts.ts';
import type { NodePaths } from './node-paths.ts';
import { containerdOf, shimsOf } from './process/node-processes.ts';
import { listProcesses, signalAll, waitForEnd, withDescendants } from './process/processes.ts';

/** Ends the node's containerd. Its containers go on: their shims are processes of their own. */
export async function stopContainerd(paths: NodePaths, graceMs = 5000): Promise<void> {
  const pids = containerdOf(await listProcesses(), paths).map(({ pid }) => pid);
  signalAll(pids, 'SIGTERM');
  if (await waitForEnd(pids, graceMs)) return;
  signalAll(pids, 'SIGKILL');
  await waitForEnd(pids, graceMs);
}

/**
 * Ends everything of a node, whatever state it is in, and takes its mounts, cgroups and state away. Its root folder
 * (images, logs, configuration) stays unless `purge` says otherwise; its network is the network plan's. Safe to repeat:
 * what fails does not keep the rest from being removed, and is thrown at the end.
 */
export async function removeNode(paths: NodePaths, options: { readonly purge?: boolean } = {}): Promise<void> {
  const sandboxes = await sandboxIds(paths);
  const steps = [
    () => stopContainerd(paths),
    () => killContainers(paths),
    () => removeShimSockets(paths),
    () => unmountBelow(paths.state),
    () => unmountBelow(paths.root),
    async () => removeCgroup(await readCgroupHierarchies(), paths.cgroupParent),
    () => rm(paths.state, { recursive: true, force: true }),
    // The cluster's folder stays as long as another node has its own in it.
    () => rmdir(dirname(paths.state)).catch(() => undefined),
    () => removeCniResults(paths, sandboxes),
    () => (options.purge ? rm(paths.root, { recursive: true, force: true }) : undefined),
  ];
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `remove node ${paths.node}: ${messageOf(failures[0])}`);
}

/** The shims, all below them, and whatever else is in the node's cgroups. */
async function killContainers(paths: NodePaths): Promise<void> {
  const all = await listProcesses();
  const shims = shimsOf(all, paths).map(({ pid }) => pid);
  const inGroups = await cgroupProcesses(await readCgroupHierarchies(), paths.cgroupParent);
  const doomed = [...new Set([...withDescendants(all, shims), ...inGroups])];
  signalAll(doomed, 'SIGKILL');
  await waitForEnd(doomed, 5000);
}

/** A killed shim leaves its socket in a folder that all nodes share; each bundle says which is its own. */
async function removeShimSockets(paths: NodePaths): Promise<void> {
  for (const path of await shimSockets(paths)) await rm(path, { force: true });
}

export async function shimSockets(paths: NodePaths): Promise<readonly string[]> {
  const tasks = join(paths.containerdState, 'io.containerd.runtime.v2.task', 'k8s.io');
  const sockets: string[] = [];
  for (const id of await readdir(tasks).catch(() => [])) {
    const address = await readFile(join(tasks, id, 'address'), 'utf8').catch(() => '');
    const path = address.trim().replace(/^unix:\/\//, '');
    if (dirname(path) === '/run/containerd/s') sockets.push(path);
  }
  return sockets;
}

/** CNI remembers its results in a folder of the host, by the network's name and the sandbox. */
async function removeCniResults(paths: NodePaths, sandboxes: readonly string[]): Promise<void> {
  for (const folder of ['/var/lib/cni/results', '/var/lib/cni/cache/results']) {
    for (const name of await readdir(folder).catch(() => [])) {
      const own = new RegExp(`^${paths.cniNetwork}-[0-9a-f]{64}-`).test(name);
      // The loopback network has one name for all nodes: there the sandbox tells.
      if (own || sandboxes.some((id) => name.includes(id))) await rm(join(folder, name), { force: true });
    }
  }
}

async function sandboxIds(paths: NodePaths): Promise<readonly string[]> {
  const folders = [paths.containerdRoot, paths.containerdState].flatMap((base) =>
    ['io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.runtime'].map((plugin) => join(base, plugin, 'sandboxes')),
  );
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  return [...new Set(names.flat())].filter((name) => /^[0-9a-f]{64}$/.test(name));
}
