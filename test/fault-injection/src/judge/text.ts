import type { Bytes } from '@trireme/base';

/** One character per byte. */
export function keyText(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
