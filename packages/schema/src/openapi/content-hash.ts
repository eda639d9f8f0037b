import { utf8 } from '@trireme/base';

/**
 * A fingerprint for URLs of documents that may be cached for ever: 128 bits of FNV-1a from four starting points. It tells
 * versions of our own documents apart; it is no protection against anyone.
 */
export function contentHash(text: string): string {
  const bytes = utf8(text);
  let hex = '';
  for (let lane = 0; lane < 4; lane++) {
    let hash = (0x811c9dc5 ^ Math.imul(lane, 0x9e3779b1)) >>> 0;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    hex += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return hex.toUpperCase();
}
