import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Bytes } from '@trireme/base';
import { type Disk, DiskError, type DiskErrorCode, type DiskFile } from '@trireme/ports';

const codes: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: 'not-found',
  EEXIST: 'exists',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
};

/** `full`: what it may write to. Where there is no space for it people must find the disk, and our names are inside a folder. */
async function attempt<T>(what: string, action: () => Promise<T>, full?: string): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof DiskError) throw cause;
    const system = cause as NodeJS.ErrnoException;
    const code = codes[system.code ?? ''] ?? 'io';
    if (code === 'no-space' && full !== undefined)
      throw new DiskError(code, `cannot write ${full}: the disk is full; free space on it.`, { cause });
    throw new DiskError(code, `${what}: ${system.message}.`, { cause });
  }
}

/** A folder of the file system. It is made if it is not there, with access for its owner only. */
export async function createNodeDisk(directory: string): Promise<Disk> {
  await attempt(`make ${directory}`, () => mkdir(directory, { recursive: true, mode: 0o700 }), directory);
  const resolve = (path: string): string => {
    const full = join(directory, path);
    const inside = relative(directory, full);
    if (inside === '..' || inside.startsWith(`..${sep}`))
      throw new DiskError('io', `open ${path}: it is outside of ${directory}. Use a path inside.`);
    return full;
  };
  const writing = <T>(what: string, path: string, action: (full: string) => Promise<T>): Promise<T> =>
    attempt(what, () => action(resolve(path)), join(directory, path));
  const disk: Disk = {
    open: (path, mode) =>
      writing(`open ${path}`, path, async (full) => {
        const flags = constants.O_RDWR | (mode === 'create' ? constants.O_CREAT | constants.O_EXCL : 0);
        return createNodeFile(path, full, await open(full, flags, 0o600));
      }),
    readFile: (path) => attempt(`read ${path}`, () => readFile(resolve(path))),
    writeFileAtomic: (path, contents) =>
      writing(`write ${path}`, path, async (full) => {
        const temporary = `${full}.new`;
        const handle = await open(temporary, 'w', 0o600);
        try {
          await writeAll(handle, 0, contents);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(temporary, full);
        await syncDirectory(dirname(full));
      }),
    list: (path) =>
      attempt(`list ${path}`, async () => {
        try {
          return (await readdir(resolve(path))).sort();
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
          throw error;
        }
      }),
    makeDirectory: (path) =>
      writing(`make ${path}`, path, async (full) => {
        await mkdir(full, { recursive: true, mode: 0o700 });
        await syncDirectory(dirname(full));
      }),
    rename: (from, to) => writing(`rename ${from} to ${to}`, to, (full) => rename(resolve(from), full)),
    remove: (path) => attempt(`remove ${path}`, () => rm(resolve(path), { recursive: true, force: true })),
    syncDirectory: (path) => writing(`sync ${path}`, path, (full) => syncDirectory(full)),
  };
  return disk;
}

async function syncDirectory(full: string): Promise<void> {
  const handle = await open(full, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The system may write less than it was asked to. */
async function writeAll(handle: FileHandle, offset: number, bytes: Bytes): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

function createNodeFile(path: string, full: string, handle: FileHandle): DiskFile {
  // The same file, opened so that each write is on the disk when it returns: one trip to the system instead of two.
  let durable: Promise<FileHandle> | undefined;
  return {
    path,
    size: () => attempt(`size of ${path}`, async () => (await handle.stat()).size),
    read: (offset, length) =>
      attempt(`read ${path}`, async () => {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return done === length ? bytes : bytes.slice(0, done);
      }),
    write: (offset, bytes) => attempt(`write ${path}`, () => writeAll(handle, offset, bytes), full),
    sync: () => attempt(`sync ${path}`, () => handle.datasync(), full),
    writeDurably: (offset, bytes) =>
      attempt(
        `write ${path}`,
        async () => {
          durable ??= open(full, constants.O_RDWR | constants.O_DSYNC);
          await writeAll(await durable, offset, bytes);
        },
        full,
      ),
    truncate: (sizeBytes) => attempt(`truncate ${path}`, () => handle.truncate(sizeBytes), full),
    close: () =>
      attempt(`close ${path}`, async () => {
        const second = durable;
        durable = undefined;
        if (second) await (await second).close();
        await handle.close();
      }),
  };
}
