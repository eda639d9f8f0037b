import { type Disk, DiskError, type DiskFile, type Timers } from '@trireme/ports';
import { createMemoryFile, type MemoryFile } from './memory-disk-file.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface MemoryDisk {
  /**
   * The disk as one process has it. After a crash this process hears nothing any more, neither success nor failure, as
   * one that was killed; the next one attaches anew.
   */
  attach(): Disk;
  /** Power fails: unsynced writes are lost or torn, unsynced names may be lost. */
  crash(random: SeededRandom): void;
  /** From now on, no more than this can be held; undefined: no limit. */
  setCapacity(bytes: number | undefined): void;
  /** Flips a bit of what is stored. */
  corrupt(path: string, offset: number): void;
  readonly usedBytes: number;
}

export interface MemoryDiskOptions {
  /** Gives every sync a duration in virtual time. */
  readonly time?: Timers;
  readonly syncMs?: () => number;
}

/** A disk in memory that forgets like a real one. */
export function createMemoryDisk(options: MemoryDiskOptions = {}): MemoryDisk {
  // Names live in two maps: as seen, and as durable. A folder is a name that ends in '/'.
  let names = new Map<string, MemoryFile | undefined>();
  let durableNames = new Map<string, MemoryFile | undefined>();
  let capacity: number | undefined;
  let life = 0;

  const used = (): number => {
    let size = 0;
    for (const file of names.values()) size += file?.contents.length ?? 0;
    return size;
  };
  const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
  const get = (path: string): MemoryFile => {
    const file = names.get(path);
    if (!file) throw new DiskError('not-found', `${path} is not there.`);
    return file;
  };
  const reserve = (path: string, growth: number): void => {
    if (capacity !== undefined && growth > 0 && used() + growth > capacity)
      throw new DiskError('no-space', `write ${path}: the disk is full. Free some space.`);
  };
  const syncNames = (directory: string): void => {
    const inside = (path: string): boolean => parentOf(path.endsWith('/') ? path.slice(0, -1) : path) === directory;
    for (const path of [...durableNames.keys()]) if (inside(path) && !names.has(path)) durableNames.delete(path);
    for (const [path, file] of names) if (inside(path)) durableNames.set(path, file);
  };
  type During = <T>(action: () => T, delayMs?: number) => Promise<T>;
  /** Runs actions of one life; after its end they never come back. */
  const live = (own: number): During => {
    return async (action, delayMs = 0) => {
      const { time } = options;
      if (time && delayMs > 0) await new Promise<void>((resolve) => void time.after(delayMs, resolve));
      else await undefined;
      return life === own ? action() : new Promise(() => undefined);
    };
  };
  const folder = (directory: string): string => (directory === '' || directory === '.' ? '' : `${directory}/`);

  const open = (act: During, path: string, file: MemoryFile): DiskFile => {
    return {
      path,
      size: () => act(() => file.contents.length),
      read: (offset, length) => act(() => file.contents.slice(offset, offset + length)),
      write: (offset, bytes) =>
        act(() => {
          reserve(path, offset + bytes.length - file.contents.length);
          file.write(offset, bytes);
        }),
      sync: () => act(() => file.sync(), options.syncMs?.() ?? 0),
      truncate: (sizeBytes) => act(() => file.truncate(sizeBytes)),
      close: () => act(() => undefined),
    };
  };

  const attach = (during: During): Disk => ({
    open: (path, mode) =>
      during(() => {
        if (mode === 'existing') return open(during, path, get(path));
        if (names.has(path)) throw new DiskError('exists', `create ${path}: it is there already.`);
        const file = createMemoryFile();
        names.set(path, file);
        return open(during, path, file);
      }),
    readFile: (path) => during(() => get(path).contents.slice()),
    writeFileAtomic: (path, contents) =>
      during(() => {
        reserve(path, contents.length);
        const file = createMemoryFile();
        file.write(0, contents);
        file.sync();
        names.set(path, file);
        durableNames.set(path, file);
      }, options.syncMs?.() ?? 0),
    list: (directory) =>
      during(() => {
        const prefix = folder(directory);
        const found = [...names.keys()].filter((path) => path.startsWith(prefix) && path !== prefix);
        return [...new Set(found.map((path) => path.slice(prefix.length).split('/')[0] as string))].sort();
      }),
    makeDirectory: (path) =>
      during(() => {
        names.set(`${path}/`, undefined);
        durableNames.set(`${path}/`, undefined);
      }),
    rename: (from, to) =>
      during(() => {
        names.set(to, get(from));
        names.delete(from);
      }),
    remove: (path) =>
      during(() => {
        for (const name of [...names.keys()]) if (name === path || name.startsWith(`${path}/`)) names.delete(name);
      }),
    syncDirectory: (path) => during(() => syncNames(folder(path))),
  });

  return {
    attach: () => attach(live(life)),
    crash(random) {
      life += 1;
      // Each name that differs from what is durable went one way or the other.
      for (const path of new Set([...names.keys(), ...durableNames.keys()])) {
        if (names.get(path) === durableNames.get(path) || random.chance(0.5)) continue;
        const file = names.get(path);
        if (file) durableNames.set(path, file);
        else durableNames.delete(path);
      }
      for (const file of new Set([...names.values(), ...durableNames.values()])) file?.crash(random);
      names = new Map(durableNames);
      durableNames = new Map(durableNames);
    },
    setCapacity(bytes) {
      capacity = bytes;
    },
    corrupt: (path, offset) => get(path).flip(offset),
    get usedBytes() {
      return used();
    },
  };
}
