import type { Bytes } from '@trireme/base';
import { viewOf } from './page-format.ts';

/** A SHA-256 that takes its input in pieces. A host with a faster one at hand gives that in its place. */
export interface Sha256 {
  update(bytes: Bytes): void;
  /** 32 bytes. The sum is at its end and takes no more. */
  digest(): Bytes;
}

export const sha256Bytes = 32;
const blockBytes = 64;

/** The first 32 bits of the fractions of the roots of the first primes (FIPS 180-4, sections 4.2.2 and 5.3.3). */
const primes = firstPrimes(64);
const roundConstants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const initialState = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

function firstPrimes(count: number): readonly number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

function fraction(root: number): number {
  return ((root - Math.floor(root)) * 0x1_0000_0000) | 0;
}

export function createSha256(): Sha256 {
  const state = initialState.slice();
  const schedule = new Int32Array(64);
  const pending = new Uint8Array(blockBytes);
  let pendingBytes = 0;
  let totalBytes = 0;

  const update = (bytes: Bytes): void => {
    totalBytes += bytes.length;
    let at = 0;
    if (pendingBytes > 0) {
      at = Math.min(blockBytes - pendingBytes, bytes.length);
      pending.set(bytes.subarray(0, at), pendingBytes);
      pendingBytes += at;
      if (pendingBytes < blockBytes) return;
      compress(state, schedule, viewOf(pending), 0);
      pendingBytes = 0;
    }
    const view = viewOf(bytes);
    for (; at + blockBytes <= bytes.length; at += blockBytes) compress(state, schedule, view, at);
    pending.set(bytes.subarray(at));
    pendingBytes = bytes.length - at;
  };

  return {
    update,
    digest() {
      const bits = totalBytes * 8;
      const padding = new Uint8Array(pendingBytes < 56 ? blockBytes - pendingBytes : 2 * blockBytes - pendingBytes);
      padding[0] = 0x80;
      const view = viewOf(padding);
      view.setUint32(padding.length - 8, Math.floor(bits / 0x1_0000_0000));
      view.setUint32(padding.length - 4, bits >>> 0);
      update(padding);
      const digest = new Uint8Array(sha256Bytes);
      state.forEach((word, index) => {
        viewOf(digest).setInt32(index * 4, word);
      });
      return digest;
    },
  };
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function compress(state: Int32Array, w: Int32Array, view: DataView, offset: number): void {
  for (let i = 0; i < 16; i++) w[i] = view.getInt32(offset + i * 4);
  for (let i = 16; i < 64; i++) {
    const w15 = w[i - 15] as number;
    const w2 = w[i - 2] as number;
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
    w[i] = ((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (roundConstants[i] as number) + (w[i] as number)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const mixed = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = ((state[i] as number) + (mixed[i] as number)) | 0;
}
