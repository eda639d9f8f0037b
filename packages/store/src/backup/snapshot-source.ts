import type { Bytes } from '@trireme/base';
import type { DiskFile } from '@trireme/ports';

/** Where a snapshot's bytes come from. */
export interface SnapshotSource {
  readonly sizeBytes: number;
  /** Fewer bytes than asked for only at the end. */
  read(offset: number, length: number): Promise<Bytes>;
}

export async function sourceOfFile(file: DiskFile): Promise<SnapshotSource> {
  return { sizeBytes: await file.size(), read: (offset, length) => file.read(offset, length) };
}

const windowBytes = 128 << 10;

/** Pages mostly stand in the order in which they are read: takes many with one read. */
export function readAhead(source: SnapshotSource): SnapshotSource {
  let start = 0;
  let window: Bytes = new Uint8Array(0);
  return {
    sizeBytes: source.sizeBytes,
    async read(offset, length) {
      const inside = (): boolean => offset >= start && offset + length <= start + window.length;
      if (!inside()) {
        window = await source.read(offset, Math.max(length, windowBytes));
        start = offset;
      }
      return window.subarray(offset - start, offset - start + length);
    },
  };
}
