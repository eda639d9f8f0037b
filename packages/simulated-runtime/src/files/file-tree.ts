import type { Bytes } from '@trireme/base';

/** A file or a directory of a simulated container. */
export type TreeEntry =
  | { readonly kind: 'directory'; readonly mode: number; readonly mtimeSeconds: number }
  | { readonly kind: 'file'; readonly mode: number; readonly mtimeSeconds: number; readonly bytes: Bytes };

/**
 * The files of one container, in memory. There is nothing in it but the usual directories and what has been copied there;
 * it is gone with the container. Paths are absolute, or start at the root.
 */
export interface FileTree {
  get(path: string): TreeEntry | undefined;
  /** Makes the directories above, too. False when there is no room, or a file stands where a directory has to be. */
  put(path: string, entry: TreeEntry): boolean;
  /** Removes the entry and everything below it. */
  remove(path: string): void;
  /** The names in a directory, sorted. */
  names(path: string): readonly string[];
  /** The entry and everything below it, each directory before what is in it. */
  below(path: string): readonly (readonly [string, TreeEntry])[];
}

/** A simulation of many pods lives in one process: none may fill it. */
const limitBytes = 64 * 1024 * 1024;
const usual = [
  '/bin',
  '/dev',
  '/etc',
  '/home',
  '/opt',
  '/proc',
  '/root',
  '/run',
  '/srv',
  '/sys',
  '/tmp',
  '/usr',
  '/var',
];

/** '/a//b/../c/' is '/a/c'; nothing leads out of the root. */
export function normalPath(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

export function createFileTree(): FileTree {
  const directory: TreeEntry = { kind: 'directory', mode: 0o755, mtimeSeconds: 0 };
  const entries = new Map<string, TreeEntry>(['/', ...usual].map((path) => [path, directory]));
  let usedBytes = 0;
  const sizeOf = (entry: TreeEntry | undefined): number => (entry?.kind === 'file' ? entry.bytes.length : 0);

  const makeDirectories = (path: string): boolean => {
    const known = entries.get(path);
    if (known) return known.kind === 'directory';
    if (!makeDirectories(parentOf(path))) return false;
    entries.set(path, directory);
    return true;
  };
  const below = (path: string): readonly (readonly [string, TreeEntry])[] => {
    const root = normalPath(path);
    const prefix = root === '/' ? '/' : `${root}/`;
    return [...entries]
      .filter(([each]) => each === root || each.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  };
  return {
    get: (path) => entries.get(normalPath(path)),
    put(path, entry) {
      const place = normalPath(path);
      const known = entries.get(place);
      const more = sizeOf(entry) - sizeOf(known);
      if (usedBytes + more > limitBytes || (known && known.kind !== entry.kind)) return false;
      if (place !== '/' && !makeDirectories(parentOf(place))) return false;
      entries.set(place, entry);
      usedBytes += more;
      return true;
    },
    remove(path) {
      for (const [each, entry] of below(path)) {
        if (each === '/') continue;
        entries.delete(each);
        usedBytes -= sizeOf(entry);
      }
    },
    names(path) {
      const root = normalPath(path);
      const inside = below(root).filter(([each]) => each !== root && parentOf(each) === root);
      return inside.map(([each]) => each.slice(each.lastIndexOf('/') + 1));
    },
    below,
  };
}
