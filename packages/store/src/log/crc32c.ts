import type { Bytes } from '@trireme/base';

/** CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), eight bytes a step through eight tables. */
const tables: readonly Int32Array[] = makeTables();

function makeTables(): readonly Int32Array[] {
  const made = Array.from({ length: 8 }, () => new Int32Array(256));
  const first = made[0] as Int32Array;
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    first[byte] = crc;
  }
  for (let table = 1; table < 8; table++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = (made[table - 1] as Int32Array)[byte] as number;
      (made[table] as Int32Array)[byte] = (before >>> 8) ^ (first[before & 255] as number);
    }
  }
  return made;
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** `seed`: the checksum of what came before, to go on from it. */
export function crc32c(bytes: Bytes, start = 0, end = bytes.length, seed = 0): number {
  let crc = ~seed;
  let at = start;
  const at8 = (place: number): number => bytes[place] as number;
  for (const last = end - 7; at < last; at += 8) {
    const low = crc ^ (at8(at) | (at8(at + 1) << 8) | (at8(at + 2) << 16) | (at8(at + 3) << 24));
    crc =
      (t7[low & 255] as number) ^
      (t6[(low >>> 8) & 255] as number) ^
      (t5[(low >>> 16) & 255] as number) ^
      (t4[low >>> 24] as number) ^
      (t3[at8(at + 4)] as number) ^
      (t2[at8(at + 5)] as number) ^
      (t1[at8(at + 6)] as number) ^
      (t0[at8(at + 7)] as number);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (t0[(crc ^ at8(at)) & 255] as number);
  return ~crc >>> 0;
}
