import { open } from 'node:fs/promises';
import { CodedError, messageOf } from '@trireme/base';
import { type OpenedSnapshot, openSnapshot, type SnapshotSource } from '@trireme/store';
import { createPlatformSha256 } from '../../../member/platform-sha256.ts';

/** Opens a snapshot file, checks its sum, and closes it when `use` is done. */
export async function withSnapshotFile<T>(
  path: string,
  options: { readonly skipHashCheck?: boolean | undefined; readonly onProgress?: (share: number) => void },
  use: (snapshot: OpenedSnapshot) => Promise<T>,
): Promise<T> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw new CodedError('cannot-read', `read the snapshot: ${messageOf(cause)}. Give the file that it was saved to.`, {
      cause,
    });
  });
  try {
    const sizeBytes = (await handle.stat()).size;
    const source: SnapshotSource = {
      sizeBytes,
      async read(offset, length) {
        const bytes = new Uint8Array(Math.min(length, Math.max(0, sizeBytes - offset)));
        let done = 0;
        while (done < bytes.length) {
          const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return bytes.subarray(0, done);
      },
    };
    const snapshot = await openSnapshot(source, {
      checksum: options.skipHashCheck ? 'unchecked' : 'needed',
      createSha256: createPlatformSha256,
      onProgress: (bytes) => options.onProgress?.(bytes / sizeBytes),
    });
    return await use(snapshot);
  } finally {
    await handle.close();
  }
}
