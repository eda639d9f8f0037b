import { type Bytes, CodedError } from '@trireme/base';

/**
 * A folder of files, as a store needs one. Paths are relative, '/'-separated and inside the folder. Nothing is durable
 * until `sync` (a file's contents) or `syncDirectory` (names) has returned: a crash may lose or tear what came after.
 */
export interface Disk {
  /** Opens for reading and writing. `create` makes it, and fails with `exists` if it is there. */
  open(path: string, mode: 'existing' | 'create'): Promise<DiskFile>;
  readFile(path: string): Promise<Uint8Array>;
  /** Replaces a file atomically: after a crash the old or the new contents are there, whole. Durable on return. */
  writeFileAtomic(path: string, contents: Bytes): Promise<void>;
  /** Names in a folder, sorted; empty where the folder is not there. */
  list(directory: string): Promise<readonly string[]>;
  makeDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a folder with all in it; missing is fine. */
  remove(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
}

export interface DiskFile {
  readonly path: string;
  size(): Promise<number>;
  /** Reads up to `length` bytes at `offset`; shorter only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Writes all of it, or throws. Writes of one file are not reordered among themselves, but any unsynced one may be lost. */
  write(offset: number, bytes: Bytes): Promise<void>;
  /** Makes the contents and the size durable (fdatasync). After it throws, nothing about the file may be assumed. */
  sync(): Promise<void>;
  /**
   * Writes inside the present size and makes that durable in one step, where the platform can do so more cheaply than by
   * `write` and `sync`. The file's earlier writes are not meant. Callers fall back to the two where it is missing.
   */
  writeDurably?(offset: number, bytes: Bytes): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

export type DiskErrorCode = 'not-found' | 'exists' | 'no-space' | 'io';

export class DiskError extends CodedError<DiskErrorCode> {
  override readonly name = 'DiskError';
}
