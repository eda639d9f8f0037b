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
}

export function createMemoryFile(): MemoryFile {
  let contents = new Uint8Array(0);
  let durable = new Uint8Array(0);
  let pending: Write[] = [];
  const put = (target: Uint8Array<ArrayBuffer>, { offset, bytes }: Write): Uint8Array<ArrayBuffer> => {
    const end = offset + bytes.length;
    let whole = target;
    if (end > target.length) {
      whole = new Uint8Array(end);
      whole.set(target);
    }
    whole.set(bytes, offset);
    return whole;
  };
  const resize = (target: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> => {
    const whole = new Uint8Array(size);
    whole.set(target.subarray(0, size));
    return whole;
  };
  const file: MemoryFile = {
    get contents() {
      return contents;
    },
    write(offset, bytes) {
      const write = { offset, bytes: bytes.slice() };
      pending.push(write);
      contents = put(contents, write);
    },
    truncate(sizeBytes) {
      // Kept simple: a change of size is durable at once, in order with the writes before it.
      file.sync();
      contents = resize(contents, sizeBytes);
      durable = contents.slice();
    },
    sync() {
      for (const write of pending) durable = put(durable, write);
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
      contents = durable.slice();
    },
    flip(offset) {
      file.sync();
      contents[offset] = (contents[offset] as number) ^ 0x40;
      durable = contents.slice();
    },
  };
  return file;
}
