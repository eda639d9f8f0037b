import type { Bytes } from '@trireme/base';
import type { KeyRange } from '@trireme/ports';

/**
 * Keys are indexed as text with one character per byte: the engine compares such strings several times faster than
 * bytes, and their order is the bytes' order.
 */
export function keyText(key: Bytes): string {
  if (key.length <= 4096) return String.fromCharCode.apply(null, key as unknown as number[]);
  let text = '';
  for (let at = 0; at < key.length; at += 4096) text += keyText(key.subarray(at, at + 4096));
  return text;
}

/** A range over texts: [from, to), or without an end. */
export interface TextRange {
  readonly from: string;
  readonly to: string | undefined;
}

export function textRange(range: KeyRange): TextRange {
  const from = keyText(range.key);
  const { rangeEnd } = range;
  // Nothing sorts between a key and the key with a zero byte behind it, so this is the one key.
  if (rangeEnd === undefined || rangeEnd.length === 0) return { from, to: `${from}\0` };
  if (rangeEnd.length === 1 && rangeEnd[0] === 0) return { from, to: undefined };
  return { from, to: keyText(rangeEnd) };
}

export function isInTextRange(range: TextRange, text: string): boolean {
  return text >= range.from && (range.to === undefined || text < range.to);
}

export function isSingleKey(range: KeyRange): boolean {
  return range.rangeEnd === undefined || range.rangeEnd.length === 0;
}
