import type { Bytes } from '@trireme/base';
import { CodedError } from '@trireme/base';

/**
 * The part of a node's file system that belongs to its kubelet: pod directories, volumes, logs. Paths are absolute and
 * use '/'. What does not exist is a value (`undefined`, nothing to remove), never an error; every other failure is a
 * `NodeFilesError` that names the path. Implemented on Linux and in memory.
 */
export interface NodeFiles {
  /** Makes the directory and its parents. Mode and owner are set on the last one, also where it exists. */
  makeDirectory(path: string, access?: FileAccess): Promise<void>;
  /** At most `limitBytes` from the start of a file; undefined where there is no such file. */
  readFile(path: string, limitBytes: number): Promise<Bytes | undefined>;
  /** Replaces the file atomically: a reader sees the old content or the new, whole. */
  writeFile(path: string, content: Bytes, access?: FileAccess): Promise<void>;
  /** Adds to the end of a file; makes it, and its directory, where it is missing. */
  appendFile(path: string, content: Bytes): Promise<void>;
  /** Makes a symbolic link, replacing atomically what link is there. */
  symlink(target: string, path: string): Promise<void>;
  readLink(path: string): Promise<string | undefined>;
  /** The path with every symbolic link followed; undefined where it leads nowhere. */
  realPath(path: string): Promise<string | undefined>;
  rename(from: string, to: string): Promise<void>;
  /** Names in a directory, sorted; empty where there is none. */
  list(path: string): Promise<readonly string[]>;
  /** Does not follow a symbolic link. */
  stat(path: string): Promise<FileStat | undefined>;
  /**
   * Removes a file, a link (not what it points to) or a whole directory. It refuses, with code `busy`, to reach into a
   * file system that is mounted below: unmount first.
   */
  remove(path: string): Promise<void>;
  /** Undefined where there is no such file. The caller closes it. */
  open(path: string): Promise<NodeFile | undefined>;
  /** Mounts memory at a directory, making it. Nothing happens where it is mounted already. */
  mountTmpfs(path: string, options: { readonly sizeBytes?: number | undefined; readonly mode: number }): Promise<void>;
  /** Nothing happens where nothing is mounted. */
  unmount(path: string): Promise<void>;
  /** Directories at and below `path` on which something is mounted, deepest first. */
  mountsBelow(path: string): Promise<readonly string[]>;
  /** Removes an empty control group that the runtime left behind, '/kubepods/besteffort/pod1'. A no-op where unsupported. */
  removeCgroup(cgroupPath: string): Promise<void>;
}

export interface FileAccess {
  /** Permission bits, exactly (no umask): 0o644. */
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

export interface FileStat {
  readonly type: 'file' | 'directory' | 'symlink' | 'socket' | 'block-device' | 'character-device' | 'other';
  readonly sizeBytes: number;
  readonly mode: number;
  /** The same for two paths exactly when they are the same file: tells a rotated log from its successor. */
  readonly identity: string;
}

/** A file open for reading; a rename or removal of its path does not disturb it. */
export interface NodeFile {
  readonly identity: string;
  size(): Promise<number>;
  /** Fewer bytes than asked at the end of the file, none beyond it. */
  read(offset: number, length: number): Promise<Bytes>;
  close(): Promise<void>;
}

export type NodeFilesErrorCode = 'busy' | 'not-permitted' | 'no-space' | 'failed';

export class NodeFilesError extends CodedError<NodeFilesErrorCode> {
  override readonly name = 'NodeFilesError';
}
