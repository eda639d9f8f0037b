import { type Bytes, concatBytes, emptyBytes } from '@trireme/base';
import { type FileStat, NodeFilesError } from '@trireme/ports';

/** A file, directory or link of the memory file system. */
export interface Inode {
  readonly type: 'file' | 'directory' | 'symlink';
  readonly identity: string;
  /** Appended parts, joined when read. */
  parts: Bytes[];
  target: string;
  mode: number;
  gid: number | undefined;
}

/** Paths to inodes. A directory exists for every parent of a path that exists. */
export interface MemoryTree {
  /** Follows links on the way and, if asked, at the end. */
  resolve(path: string, followLast: boolean): string | undefined;
  lookup(path: string, followLast?: boolean): Inode | undefined;
  make(path: string, type: Inode['type'], mode: number): Inode;
  remove(path: string): void;
  move(from: string, to: string): void;
  children(path: string): readonly string[];
  readonly paths: Iterable<string>;
}

export function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

export function createMemoryTree(): MemoryTree {
  const inodes = new Map<string, Inode>();
  let made = 0;

  const inode = (type: Inode['type'], mode: number): Inode => ({
    type,
    identity: String(++made),
    parts: [],
    target: '',
    mode,
    gid: undefined,
  });
  inodes.set('/', inode('directory', 0o755));

  const resolve = (path: string, followLast: boolean, depth = 0): string | undefined => {
    if (depth > 32) return undefined;
    let at = '/';
    const parts = normalize(path).split('/').slice(1);
    for (const [index, part] of parts.entries()) {
      if (part === '') continue;
      at = at === '/' ? `/${part}` : `${at}/${part}`;
      const found = inodes.get(at);
      if (!found) return index === parts.length - 1 ? at : undefined;
      if (found.type !== 'symlink' || (index === parts.length - 1 && !followLast)) continue;
      const target = found.target.startsWith('/') ? found.target : `${parentOf(at)}/${found.target}`;
      const real = resolve(target, true, depth + 1);
      if (real === undefined || !inodes.has(real)) return undefined;
      at = real;
    }
    return at;
  };

  const makeParents = (path: string): void => {
    const parent = parentOf(path);
    const found = inodes.get(parent);
    if (found?.type === 'directory') return;
    if (found) throw new NodeFilesError('failed', `make ${path}: ${parent} is not a directory`);
    makeParents(parent);
    inodes.set(parent, inode('directory', 0o755));
  };

  return {
    resolve,
    lookup(path, followLast = true) {
      const real = resolve(path, followLast);
      return real === undefined ? undefined : inodes.get(real);
    },
    make(path, type, mode) {
      // Only the folders on the way may be links: what is made replaces what stands at the path itself.
      const real = resolve(path, false) ?? normalize(path);
      makeParents(real);
      const fresh = inode(type, mode);
      inodes.set(real, fresh);
      return fresh;
    },
    remove(path) {
      const real = resolve(path, false);
      if (real === undefined) return;
      for (const other of [...inodes.keys()]) if (other === real || other.startsWith(`${real}/`)) inodes.delete(other);
    },
    move(from, to) {
      const real = resolve(from, false);
      const target = resolve(to, false) ?? normalize(to);
      if (real === undefined || !inodes.has(real))
        throw new NodeFilesError('failed', `rename ${from}: it is not there`);
      makeParents(target);
      for (const [path, found] of [...inodes]) {
        if (path !== real && !path.startsWith(`${real}/`)) continue;
        inodes.delete(path);
        inodes.set(target + path.slice(real.length), found);
      }
    },
    children(path) {
      const real = resolve(path, true);
      if (real === undefined) return [];
      const prefix = real === '/' ? '/' : `${real}/`;
      return [...inodes.keys()]
        .filter((other) => other.startsWith(prefix) && other !== real && !other.slice(prefix.length).includes('/'))
        .map((other) => other.slice(prefix.length))
        .sort();
    },
    get paths() {
      return inodes.keys();
    },
  };
}

export function contentOf(inode: Inode): Bytes {
  if (inode.parts.length > 1) inode.parts = [concatBytes(inode.parts)];
  return inode.parts[0] ?? emptyBytes;
}

export function statOf(inode: Inode): FileStat {
  const { type, mode, identity } = inode;
  return { type, mode, identity, sizeBytes: contentOf(inode).length };
}
