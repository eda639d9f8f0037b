import { isJsonObject, utf8 } from '@trireme/base';
import { safeAlphabet } from '../meta/prepare.ts';

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** JSON with sorted keys, without absent fields: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(isAbsent(value) ? null : value);
  const fields = Object.keys(value)
    .filter((key) => !isAbsent(value[key]))
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${fields.join(',')}}`;
}

/** FNV-1a in 32 bits. `start` continues the hash of what came before. */
export function fnv32a(bytes: Uint8Array, start = 0x811c9dc5): number {
  let hash = start;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Letters that make no words, one for each byte of the text, as upstream encodes hashes in names. */
export function safeEncode(text: string): string {
  return [...utf8(text)].map((byte) => safeAlphabet.charAt(byte % safeAlphabet.length)).join('');
}

/**
 * The pod-template-hash label of a template. Only equality of hashes within one cluster means anything: upstream's
 * differ even between its own versions.
 */
export function templateHash(template: unknown, collisionCount?: number): string {
  let hash = fnv32a(utf8(canonicalJson(template)));
  if (collisionCount !== undefined) {
    const count = new Uint8Array(8);
    new DataView(count.buffer).setUint32(0, collisionCount, true);
    hash = fnv32a(count, hash);
  }
  return safeEncode(String(hash));
}
