import {
  appendFile,
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  unlink,
} from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type FileAccess, type Logger, type NodeFiles, NodeFilesError, silentLogger } from '@trireme/ports';
import { removeCgroup } from './cgroups.ts';
import { attempt, attemptPresent } from './files-error.ts';
import { mountsBelow } from './mount-table.ts';
import { openNodeFile, statOf } from './open-file.ts';
import { createTmpfsMounter } from './tmpfs.ts';

export interface NodeFilesOptions {
  readonly logger?: Logger | undefined;
}

/** A node's files on the disk of this machine. */
export function createNodeFiles(options: NodeFilesOptions = {}): NodeFiles {
  const tmpfs = createTmpfsMounter(options.logger ?? silentLogger);
  const isRoot = process.getuid?.() === 0;
  let made = 0;

  const grant = async (path: string, { mode, uid, gid }: FileAccess): Promise<void> => {
    // Only root can give files away; without it everything is this user's anyway. chown first: it drops setgid.
    if (isRoot && (uid !== undefined || gid !== undefined)) await chown(path, uid ?? -1, gid ?? -1);
    if (mode !== undefined) await chmod(path, mode);
  };

  /** Beside the target, so that the rename stays within one file system. Counted per process, so two writers differ. */
  const temporary = (path: string): string => `${dirname(path)}/.${process.pid}-${++made}.tmp`;

  const replace = async (path: string, make: (temporaryPath: string) => Promise<void>): Promise<void> => {
    const fresh = temporary(path);
    try {
      await make(fresh);
      await rename(fresh, path);
    } catch (error) {
      await unlink(fresh).catch(() => undefined);
      throw error;
    }
  };

  return {
    makeDirectory: (path, access = {}) =>
      attempt('make directory', path, async () => {
        await mkdir(path, { recursive: true });
        await grant(path, access);
      }),
    readFile: (path, limitBytes) =>
      attemptPresent('read', path, async () => {
        const file = await open(path, 'r');
        try {
          const { size } = await file.stat();
          const buffer = new Uint8Array(Math.min(limitBytes, Math.max(size, 65_536)));
          let length = 0;
          for (;;) {
            const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
            length += bytesRead;
            if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
          }
        } finally {
          await file.close();
        }
      }),
    writeFile: (path, content, access = {}) =>
      attempt('write', path, async () => {
        await mkdir(dirname(path), { recursive: true });
        await replace(path, async (fresh) => {
          // Nobody else can open it before it has its owner and mode.
          const file = await open(fresh, 'wx', 0o600);
          try {
            await file.writeFile(content);
          } finally {
            await file.close();
          }
          await grant(fresh, { mode: 0o644, ...access });
        });
      }),
    appendFile: (path, content) =>
      attempt('append to', path, async () => {
        await mkdir(dirname(path), { recursive: true });
        await appendFile(path, content);
      }),
    symlink: (target, path) =>
      attempt('link', path, async () => {
        await mkdir(dirname(path), { recursive: true });
        await replace(path, (fresh) => symlink(target, fresh));
      }),
    readLink: (path) =>
      attemptPresent('read link', path, async () =>
        (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined,
      ),
    realPath: (path) => attemptPresent('resolve', path, () => realpath(path)),
    rename: (from, to) => attempt('rename', from, () => rename(from, to)),
    list: async (path) => ((await attemptPresent('list', path, () => readdir(path))) ?? []).sort(),
    stat: (path) => attemptPresent('stat', path, async () => statOf(await lstat(path))),
    remove: (path) =>
      attempt('remove', path, async () => {
        const [mounted] = await mountsBelow(resolve(path));
        if (mounted) {
          throw new NodeFilesError('busy', `remove ${path}: something is mounted at ${mounted}; unmount it first`);
        }
        await rm(path, { recursive: true, force: true });
      }),
    open: (path) => attemptPresent('open', path, () => openNodeFile(path)),
    mountTmpfs: (path, mountOptions) => attempt('mount', path, () => tmpfs.mount(resolve(path), mountOptions)),
    unmount: (path) => attempt('unmount', path, () => tmpfs.unmount(resolve(path))),
    mountsBelow: (path) => mountsBelow(resolve(path)),
    removeCgroup: (path) => attempt('remove cgroup', path, () => removeCgroup(path)),
  };
}
