import type { Bytes } from '@trireme/base';

/** One character per byte. */
export function keyText(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Enough to tell values apart by, however long they are: each begins with what nobody else wrote. */
export function valueText(bytes: Bytes): string {
  return `${keyText(bytes.subarray(0, 40))}/${bytes.length}`;
}
