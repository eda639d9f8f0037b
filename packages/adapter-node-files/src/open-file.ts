import type { Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileStat, NodeFile } from '@trireme/ports';

export async function openNodeFile(path: string): Promise<NodeFile> {
  const file = await open(path, 'r');
  return {
    identity: identityOf(await file.stat()),
    size: async () => (await file.stat()).size,
    async read(offset, length) {
      const buffer = new Uint8Array(length);
      const { bytesRead } = await file.read(buffer, 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}

export function statOf(stats: Stats): FileStat {
  return {
    type: typeOf(stats),
    sizeBytes: stats.size,
    mode: stats.mode & 0o7777,
    identity: identityOf(stats),
  };
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

function typeOf(stats: Stats): FileStat['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isSocket()) return 'socket';
  if (stats.isBlockDevice()) return 'block-device';
  return stats.isCharacterDevice() ? 'character-device' : 'other';
}
