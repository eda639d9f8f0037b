import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pause, signalAll } from './process/processes.ts';

/** v2: one tree. v1: a tree per controller (also in hybrid mode, where v2 is mounted without controllers). */
export type CgroupMode = 'v1' | 'v2' | 'none';

export interface CgroupHierarchies {
  readonly mode: CgroupMode;
  /** Where each tree is mounted. */
  readonly mounts: readonly { readonly path: string; readonly controllers: readonly string[] }[];
}

/** Reads the trees from the text of /proc/self/mounts. */
export function parseCgroupMounts(mounts: string): CgroupHierarchies {
  const entries = mounts.split('\n').map((line) => line.split(' '));
  const v1 = entries.flatMap(([, path, type, options]) =>
    path !== undefined && type === 'cgroup' ? [{ path, controllers: (options ?? '').split(',') }] : [],
  );
  const v2 = entries.flatMap(([, path, type]) =>
    path !== undefined && type === 'cgroup2' ? [{ path, controllers: [] }] : [],
  );
  // In hybrid mode the v2 tree only tracks processes, but runc makes its groups there too.
  if (v1.length > 0) return { mode: 'v1', mounts: [...v1, ...v2] };
  return { mode: v2.length > 0 ? 'v2' : 'none', mounts: v2.slice(0, 1) };
}

export async function readCgroupHierarchies(): Promise<CgroupHierarchies> {
  return parseCgroupMounts(await readFile('/proc/self/mounts', 'utf8').catch(() => ''));
}

const usedControllers = ['cpu', 'cpuset', 'memory', 'pids', 'io'];

/** Makes the group and its parents in every tree, ready to hold groups of containers. Safe to repeat. */
export async function ensureCgroup(hierarchies: CgroupHierarchies, group: string): Promise<void> {
  for (const { path, controllers } of hierarchies.mounts) {
    let current = path;
    for (const part of group.split('/').filter((name) => name !== '')) {
      if (hierarchies.mode === 'v2') await enableControllers(current);
      const parent = current;
      current = join(current, part);
      await mkdir(current, { recursive: true });
      if (controllers.includes('cpuset')) await inheritCpuset(parent, current);
    }
    if (hierarchies.mode === 'v2') await enableControllers(current);
  }
}

async function enableControllers(group: string): Promise<void> {
  const there = (await readFile(join(group, 'cgroup.controllers'), 'utf8').catch(() => '')).trim().split(/\s+/);
  for (const controller of usedControllers.filter((name) => there.includes(name))) {
    // A controller that a group with processes of its own may not pass on is missing below; limits of it do not hold.
    await writeFile(join(group, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined);
  }
}

/** A new cpuset group is empty, and nothing can run in an empty one. */
async function inheritCpuset(parent: string, child: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if ((await readFile(join(child, file), 'utf8')).trim() !== '') continue;
    await writeFile(join(child, file), await readFile(join(parent, file), 'utf8'));
  }
}

/** Processes in the group and in all below it, in every tree. */
export async function cgroupProcesses(hierarchies: CgroupHierarchies, group: string): Promise<readonly number[]> {
  const pids = new Set<number>();
  for (const { path } of hierarchies.mounts) {
    for (const directory of await treeOf(join(path, group))) {
      const text = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => '');
      for (const pid of text.split('\n').filter((line) => line !== '')) pids.add(Number(pid));
    }
  }
  pids.delete(0);
  return [...pids];
}

/** Kills what runs in the group and removes it with all below it; parents that then are empty go too. */
export async function removeCgroup(hierarchies: CgroupHierarchies, group: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const pids = await cgroupProcesses(hierarchies, group);
    signalAll(pids, 'SIGKILL');
    const left = await Promise.all(hierarchies.mounts.map(({ path }) => removeTree(join(path, group))));
    if (!left.includes(true)) break;
    await pause(20);
  }
  for (const { path } of hierarchies.mounts) {
    for (let parent = dirname(join(path, group)); parent.startsWith(`${path}/`); parent = dirname(parent)) {
      // It fails where another node still has groups there, which is as it should be.
      await rmdir(parent).catch(() => undefined);
    }
  }
}

/** True when some of it is still there. */
async function removeTree(directory: string): Promise<boolean> {
  for (const each of (await treeOf(directory)).toReversed()) await rmdir(each).catch(() => undefined);
  return access(directory).then(
    () => true,
    () => false,
  );
}

/** The folder and all below it, parents first; empty where it is not there. */
async function treeOf(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return [];
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => treeOf(join(directory, name)));
  return [directory, ...(await Promise.all(below)).flat()];
}
