import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Bytes, CodedError, concatBytes, equalBytes } from '@trireme/base';

const sumBytes = 32;

/**
 * Writes a snapshot beside its place, and puts it there when all of it came, its sum was found to be right, and the disk has
 * it. A file that was there before stays until then.
 */
export async function writeSnapshotFile(file: string, pieces: AsyncIterable<Bytes>): Promise<number> {
  const part = `${file}.part`;
  const handle = await open(part, 'w', 0o600);
  try {
    const sum = createHash('sha256');
    // The last bytes so far: they are the sum, if nothing follows.
    let tail: Bytes = new Uint8Array(0);
    let sizeBytes = 0;
    for await (const piece of pieces) {
      await handle.writeFile(piece);
      sizeBytes += piece.length;
      const bytes = concatBytes([tail, piece]);
      const summed = Math.max(0, bytes.length - sumBytes);
      sum.update(bytes.subarray(0, summed));
      tail = bytes.subarray(summed);
    }
    if (sizeBytes % 512 !== sumBytes || !equalBytes(sum.digest(), tail))
      throw new CodedError('wrong-checksum', 'save the snapshot: what came does not fit its checksum. Try again.');
    await handle.sync();
    await handle.close();
    await rename(part, file);
    await syncFolder(dirname(file));
    return sizeBytes;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
