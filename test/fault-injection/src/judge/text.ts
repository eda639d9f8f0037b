import { hash } from 'node:crypto';
import type { Bytes } from '@trireme/base';

/** One character per byte. */
export function keyText(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

const wholeBytes = 40;

/** A value in few characters, and never two alike. */
export function valueText(bytes: Bytes): string {
  if (bytes.length <= wholeBytes) return keyText(bytes);
  return `${keyText(bytes.subarray(0, wholeBytes))}.../${bytes.length}#${hash('sha256', bytes).slice(0, 16)}`;
}
