import { type Disk, DiskError, type DiskFile, type Timers } from '@trireme/ports';
import { createMemoryFile, type MemoryFile } from './memory-disk-file.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface MemoryDisk {
  /**
   * The disk as one process has it. After a crash this process hears nothing any more, neither success nor failure, as
   * one that was killed; the next one attaches anew.
   */
  attach(): Disk;
  /** The process is killed and the machine runs on: what it wrote stays, synced or not, and it hears nothing any more. */
  detach(): void;
  /** Power fails: unsynced writes are lost or torn, unsynced names may be lost. */
  crash(random: SeededRandom): void;
  /** From now on, no more than this can be held; undefined: no limit. */
  setCapacity(bytes: number | undefined): void;
  /** Flips a bit of what is stored. */
  corrupt(path: string, offset: number): void;
  /** Files that are there now, sorted. */
  paths(): readonly string[];
  /**
   * Where the file's last write that was synced began: what lies before it was followed by another durable write, so
   * damage there cannot be taken for a write that a crash tore.
   */
  lastWriteOffset(path: string): number;
  readonly usedBytes: number;
}

/** Something that a process asks of its disk. */
export interface DiskOperation {
  readonly kind:
    | 'open'
    | 'size'
    | 'read'
    | 'write'
    | 'sync'
    | 'truncate'
    | 'close'
    | 'write-atomic'
    | 'list'
    | 'make-directory'
    | 'rename'
    | 'remove'
    | 'sync-directory';
  readonly path: string;
}

/** Steps in where a disk fails. Each may crash the disk: then the process does not hear how the operation went. */
export interface DiskFaults {
  /** How long the operation takes, in milliseconds of `time`. */
  delayMs?(operation: DiskOperation): number;
  /** Just before it takes effect. What it throws (a `DiskError`) is how the operation ends. */
  before?(operation: DiskOperation): void;
  /** It took effect, and the process was not told yet. */
  after?(operation: DiskOperation): void;
  /** What a read returns instead. `whole` is the whole file. */
  readAs?(operation: DiskOperation, bytes: Uint8Array, whole: Uint8Array): Uint8Array;
}

export interface MemoryDiskOptions {
  /** Gives every sync a duration in virtual time. */
  readonly time?: Timers;
  readonly syncMs?: () => number;
  readonly faults?: DiskFaults;
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
  const { faults } = options;
  type During = <T>(kind: DiskOperation['kind'], path: string, action: () => T) => Promise<T>;
  const delayOf = (operation: DiskOperation): number => {
    const slow = operation.kind === 'sync' || operation.kind === 'write-atomic';
    return (faults?.delayMs?.(operation) ?? 0) + (slow ? (options.syncMs?.() ?? 0) : 0);
  };
  const never = new Promise<never>(() => undefined);
  /** Runs actions of one life; after its end they never come back. */
  const live = (own: number): During => {
    return async (kind, path, action) => {
      const { time } = options;
      const operation = { kind, path };
      const delayMs = delayOf(operation);
      if (time && delayMs > 0) await new Promise<void>((resolve) => void time.after(delayMs, resolve));
      else await undefined;
      if (life !== own) return never;
      faults?.before?.(operation);
      if (life !== own) return never;
      const result = action();
      faults?.after?.(operation);
      return life === own ? result : never;
    };
  };
  const readAs = (path: string, bytes: Uint8Array, whole: Uint8Array): Uint8Array =>
    faults?.readAs?.({ kind: 'read', path }, bytes, whole) ?? bytes;
  const folder = (directory: string): string => (directory === '' || directory === '.' ? '' : `${directory}/`);

  const open = (act: During, path: string, file: MemoryFile): DiskFile => {
    return {
      path,
      size: () => act('size', path, () => file.contents.length),
      read: (offset, length) =>
        act('read', path, () => readAs(path, file.contents.slice(offset, offset + length), file.contents)),
      write: (offset, bytes) =>
        act('write', path, () => {
          reserve(path, offset + bytes.length - file.contents.length);
          file.write(offset, bytes);
        }),
      sync: () => act('sync', path, () => file.sync()),
      truncate: (sizeBytes) => act('truncate', path, () => file.truncate(sizeBytes)),
      close: () => act('close', path, () => undefined),
    };
  };

  const attach = (during: During): Disk => ({
    open: (path, mode) =>
      during('open', path, () => {
        if (mode === 'existing') return open(during, path, get(path));
        if (names.has(path)) throw new DiskError('exists', `create ${path}: it is there already.`);
        const file = createMemoryFile();
        names.set(path, file);
        return open(during, path, file);
      }),
    readFile: (path) =>
      during('read', path, () => {
        const { contents } = get(path);
        return readAs(path, contents.slice(), contents);
      }),
    writeFileAtomic: (path, contents) =>
      during('write-atomic', path, () => {
        reserve(path, contents.length);
        const file = createMemoryFile();
        file.write(0, contents);
        file.sync();
        names.set(path, file);
        durableNames.set(path, file);
      }),
    list: (directory) =>
      during('list', directory, () => {
        const prefix = folder(directory);
        const found = [...names.keys()].filter((path) => path.startsWith(prefix) && path !== prefix);
        return [...new Set(found.map((path) => path.slice(prefix.length).split('/')[0] as string))].sort();
      }),
    makeDirectory: (path) =>
      during('make-directory', path, () => {
        names.set(`${path}/`, undefined);
        durableNames.set(`${path}/`, undefined);
      }),
    rename: (from, to) =>
      during('rename', to, () => {
        names.set(to, get(from));
        names.delete(from);
      }),
    remove: (path) =>
      during('remove', path, () => {
        for (const name of [...names.keys()]) if (name === path || name.startsWith(`${path}/`)) names.delete(name);
      }),
    syncDirectory: (path) => during('sync-directory', path, () => syncNames(folder(path))),
  });

  return {
    attach: () => attach(live(life)),
    detach() {
      life += 1;
    },
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
    paths: () => [...names].flatMap(([path, file]) => (file ? [path] : [])).sort(),
    lastWriteOffset: (path) => get(path).lastWriteOffset,
    get usedBytes() {
      return used();
    },
  };
}
