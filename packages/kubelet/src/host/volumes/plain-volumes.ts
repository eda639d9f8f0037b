import { emptyBytes } from '@trireme/base';
import type { NodeFiles } from '@trireme/ports';
import type { EmptyDirVolumeSource, HostPathVolumeSource } from '@trireme/schema/types/core/v1';
import { wholeUnits } from '../../quantity-value.ts';

/** An empty directory that lives as long as the pod, on disk or in memory. One that is there keeps what is in it. */
export async function mountEmptyDir(
  files: NodeFiles,
  directory: string,
  source: EmptyDirVolumeSource,
  gid: number | undefined,
): Promise<void> {
  if (source.medium === 'Memory') {
    const limit = wholeUnits(source.sizeLimit);
    await files.mountTmpfs(directory, { mode: 0o1777, ...(limit > 0 ? { sizeBytes: limit } : {}) });
  }
  // With a group of its own, what is created inside belongs to that group too.
  await files.makeDirectory(directory, gid === undefined ? { mode: 0o777 } : { mode: 0o2777, gid });
}

const typeNames: Readonly<Record<string, string>> = {
  Directory: 'directory',
  File: 'file',
  Socket: 'socket',
  CharDevice: 'character-device',
  BlockDevice: 'block-device',
};
const described: Readonly<Record<string, string>> = {
  Directory: 'a directory',
  File: 'a file',
  Socket: 'a socket file',
  CharDevice: 'a character device',
  BlockDevice: 'a block device',
};

/** Why a hostPath is not what it is said to be; undefined where all is well. */
export async function checkHostPath(files: NodeFiles, source: HostPathVolumeSource): Promise<string | undefined> {
  const { path, type = '' } = source;
  if (type === '') return undefined;
  const real = (await files.realPath(path)) ?? path;
  const stat = await files.stat(real);
  if (!stat && type === 'DirectoryOrCreate') {
    await files.makeDirectory(path, { mode: 0o755 });
    return undefined;
  }
  if (!stat && type === 'FileOrCreate') {
    await files.writeFile(path, emptyBytes, { mode: 0o644 });
    return undefined;
  }
  const wanted = type.replace('OrCreate', '');
  if (stat?.type === typeNames[wanted]) return undefined;
  return `hostPath type check failed: ${path} is not ${described[wanted] ?? type}`;
}
