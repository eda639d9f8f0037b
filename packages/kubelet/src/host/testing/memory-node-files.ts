import { type Bytes, fromUtf8, utf8 } from '@trireme/base';
import { type NodeFile, type NodeFiles, NodeFilesError } from '@trireme/ports';
import { contentOf, createMemoryTree, type Inode, normalize, statOf } from './memory-tree.ts';

/** A node's files in memory: for tests, and for nodes that are simulated. */
export interface MemoryNodeFiles extends NodeFiles {
  /** What a file holds as text; undefined where there is none. Follows links. */
  text(path: string): string | undefined;
  /** Every path there is, sorted. */
  paths(): readonly string[];
  /** Where memory is mounted. */
  mounts(): readonly string[];
  /** Adds a line to a container's log in the form that runtimes write: what a simulated runtime is given. */
  appendLog(path: string, stream: 'stdout' | 'stderr', line: string, timeMs: number): void;
}

export function createMemoryNodeFiles(): MemoryNodeFiles {
  const tree = createMemoryTree();
  const mounted = new Set<string>();

  const append = (path: string, content: Bytes): void => {
    const file = tree.lookup(path) ?? tree.make(path, 'file', 0o644);
    file.parts.push(content);
  };

  const mountsBelow = (path: string): readonly string[] => {
    const root = normalize(path);
    const below = [...mounted].filter((mount) => mount === root || mount.startsWith(`${root}/`));
    return below.sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  };

  const changes = {
    async makeDirectory(path: string, access: { mode?: number | undefined; gid?: number | undefined } = {}) {
      const directory = tree.lookup(path) ?? tree.make(path, 'directory', 0o755);
      if (directory.type !== 'directory') throw new NodeFilesError('failed', `make ${path}: there is a file`);
      directory.mode = access.mode ?? directory.mode;
      directory.gid = access.gid ?? directory.gid;
    },
    async writeFile(
      path: string,
      content: Bytes,
      access: { mode?: number | undefined; gid?: number | undefined } = {},
    ) {
      const file = tree.make(path, 'file', access.mode ?? 0o644);
      file.gid = access.gid;
      file.parts = [content.slice()];
    },
    async appendFile(path: string, content: Bytes) {
      append(path, content.slice());
    },
    async symlink(target: string, path: string) {
      tree.make(path, 'symlink', 0o777).target = target;
    },
    async rename(from: string, to: string) {
      tree.move(from, to);
    },
    async remove(path: string) {
      const [mount] = mountsBelow(path);
      if (mount) throw new NodeFilesError('busy', `remove ${path}: something is mounted at ${mount}; unmount it first`);
      tree.remove(path);
    },
    async mountTmpfs(path: string, { mode }: { readonly mode: number }) {
      if (mounted.has(normalize(path))) return;
      tree.remove(path);
      tree.make(path, 'directory', mode);
      mounted.add(normalize(path));
    },
    async unmount(path: string) {
      if (!mounted.delete(normalize(path))) return;
      // What was in memory is gone; the directory stays.
      tree.remove(path);
      tree.make(path, 'directory', 0o755);
    },
  };

  return {
    ...changes,
    async readFile(path, limitBytes) {
      const file = tree.lookup(path);
      return file?.type === 'file' ? contentOf(file).slice(0, limitBytes) : undefined;
    },
    async readLink(path) {
      const link = tree.lookup(path, false);
      return link?.type === 'symlink' ? link.target : undefined;
    },
    async realPath(path) {
      return tree.lookup(path) ? tree.resolve(path, true) : undefined;
    },
    list: async (path) => tree.children(path),
    async stat(path) {
      const inode = tree.lookup(path, false);
      return inode && statOf(inode);
    },
    async open(path) {
      const file = tree.lookup(path);
      return file?.type === 'file' ? openFile(file) : undefined;
    },
    mountsBelow: async (path) => mountsBelow(path),
    removeCgroup: async () => undefined,
    text(path) {
      const file = tree.lookup(path);
      return file?.type === 'file' ? fromUtf8(contentOf(file)) : undefined;
    },
    paths: () => [...tree.paths].sort(),
    mounts: () => [...mounted].sort(),
    appendLog(path, stream, line, timeMs) {
      const time = `${new Date(timeMs).toISOString().slice(0, -1)}000000Z`;
      append(path, utf8(`${time} ${stream} F ${line}\n`));
    },
  };
}

function openFile(file: Inode): NodeFile {
  return {
    identity: file.identity,
    size: async () => contentOf(file).length,
    read: async (offset, length) => contentOf(file).slice(offset, offset + length),
    close: async () => undefined,
  };
}
