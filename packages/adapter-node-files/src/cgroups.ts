import { readdir, rmdir } from 'node:fs/promises';
import { isErrno, isMissing } from './files-error.ts';

const root = '/sys/fs/cgroup';

/** Removes an empty group from the unified hierarchy, and from each controller's where there are several (v1). */
export async function removeCgroup(cgroupPath: string): Promise<void> {
  // The root itself, or anything above it, is never what is meant.
  if (!/^(\/[^/]+){2,}$/.test(cgroupPath) || cgroupPath.includes('..')) return;
  const hierarchies = [root];
  for (const name of await namesOf(root)) hierarchies.push(`${root}/${name}`);
  for (const hierarchy of hierarchies) await removeTree(`${hierarchy}${cgroupPath}`);
}

async function namesOf(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

// Only directories can be removed there; the files in them go with them. One that has processes stays.
async function removeTree(path: string): Promise<void> {
  for (const name of await namesOf(path)) await removeTree(`${path}/${name}`);
  try {
    await rmdir(path);
  } catch (error) {
    const harmless = ['EBUSY', 'EPERM', 'EACCES', 'EROFS', 'ENOTEMPTY'].some((code) => isErrno(error, code));
    if (!isMissing(error) && !harmless) throw error;
  }
}
