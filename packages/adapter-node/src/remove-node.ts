import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
 * (images, logs, configuration) stays unless `purge` says otherwise; its network is the network plan's. Safe to repeat.
 */
export async function removeNode(paths: NodePaths, options: { readonly purge?: boolean } = {}): Promise<void> {
  await stopContainerd(paths);
  await killContainers(paths);
  await removeShimSockets(paths);
  await unmountBelow(paths.state);
  await unmountBelow(paths.root);
  await removeCgroup(await readCgroupHierarchies(), paths.cgroupParent);
  await rm(paths.state, { recursive: true, force: true });
  await removeCniResults(paths);
  if (options.purge) await rm(paths.root, { recursive: true, force: true });
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
  const tasks = join(paths.containerdState, 'io.containerd.runtime.v2.task', 'k8s.io');
  for (const id of await readdir(tasks).catch(() => [])) {
    const address = await readFile(join(tasks, id, 'address'), 'utf8').catch(() => '');
    const path = address.trim().replace(/^unix:\/\//, '');
    if (dirname(path) === '/run/containerd/s') await rm(path, { force: true });
  }
}

/** CNI remembers its results in a folder of the host, by the network's name. */
async function removeCniResults(paths: NodePaths): Promise<void> {
  for (const folder of ['/var/lib/cni/results', '/var/lib/cni/cache/results']) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (new RegExp(`^${paths.cniNetwork}-[0-9a-f]{64}-`).test(name)) await rm(join(folder, name), { force: true });
    }
  }
}
