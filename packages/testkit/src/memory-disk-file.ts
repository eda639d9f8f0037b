import type { Bytes } from '@trireme/base';
import type { SeededRandom } from './seeded-random.ts';

const sectorBytes = 512;

interface Write {
  readonly offset: number;
  readonly bytes: Bytes;
}

/** The contents of one file: what a reader sees, what is durable, and the writes between the two. */
export interface MemoryFile {
  readonly contents: Uint8Array;
  write(offset: number, bytes: Bytes): void;
  truncate(sizeBytes: number): void;
  sync(): void;
  /** Keeps a random part of what was not synced, torn at sectors, as a power failure does. */
  crash(random: SeededRandom): void;
  /** Damages a byte that was durable, as a failing disk does. */
  flip(offset: number): void;
  /** Where the newest write that is durable began. */
  readonly lastWriteOffset: number;
}

/** Bytes with room to grow, so that a file written piece by piece is not copied with every piece. */
interface Extent {
  /** Zero beyond `size`. */
  readonly buffer: Uint8Array;
  readonly size: number;
}

const emptyExtent: Extent = { buffer: new Uint8Array(0), size: 0 };

export function createMemoryFile(): MemoryFile {
  let contents = emptyExtent;
  let durable = emptyExtent;
  let pending: Write[] = [];
  let lastWriteOffset = 0;
  const put = (target: Extent, { offset, bytes }: Write): Extent => {
    const size = Math.max(target.size, offset + bytes.length);
    let { buffer } = target;
    if (size > buffer.length) {
      buffer = new Uint8Array(Math.max(size, 2 * buffer.length));
      buffer.set(target.buffer);
    }
    buffer.set(bytes, offset);
    return { buffer, size };
  };
  const shown = ({ buffer, size }: Extent): Uint8Array => buffer.subarray(0, size);
  const copyOf = (extent: Extent): Extent => ({ buffer: shown(extent).slice(), size: extent.size });
  const file: MemoryFile = {
    get contents() {
      return shown(contents);
    },
    write(offset, bytes) {
      const write = { offset, bytes: bytes.slice() };
      pending.push(write);
      contents = put(contents, write);
    },
    truncate(sizeBytes) {
      // Kept simple: a change of size is durable at once, in order with the writes before it.
      file.sync();
      const buffer = new Uint8Array(sizeBytes);
      buffer.set(shown(contents).subarray(0, sizeBytes));
      contents = { buffer, size: sizeBytes };
      durable = copyOf(contents);
    },
    sync() {
      for (const write of pending) durable = put(durable, write);
      lastWriteOffset = pending.at(-1)?.offset ?? lastWriteOffset;
      pending = [];
    },
    crash(random) {
      for (const { offset, bytes } of pending) {
        if (random.chance(0.3)) continue;
        const whole = random.chance(0.5);
        for (let at = 0; at < bytes.length; ) {
          const end = Math.min(bytes.length, at + sectorBytes - ((offset + at) % sectorBytes));
          if (whole || random.chance(0.5))
            durable = put(durable, { offset: offset + at, bytes: bytes.subarray(at, end) });
          at = end;
        }
      }
      pending = [];
      contents = copyOf(durable);
    },
    get lastWriteOffset() {
      return lastWriteOffset;
    },
    flip(offset) {
      file.sync();
      contents.buffer[offset] = (shown(contents)[offset] as number) ^ 0x40;
      durable = copyOf(contents);
    },
  };
  return file;
}
