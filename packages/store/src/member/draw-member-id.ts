import type { Random } from '@trireme/ports';

/** 53 random bits: nobody has to be asked, and it is a number in every language. */
export function drawMemberId(random: Random): bigint {
  for (;;) {
    const bytes = random.bytes(8);
    const id = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) >> 11n;
    if (id > 0n) return id;
  }
}
