import type { Bytes } from '@trireme/base';
import type { Int64 } from '../int64.ts';

/**
 * Writing is in two steps, first how many bytes, then the bytes, so that a message is made in one piece of memory with
 * nothing between. Each `write...` returns where the next field goes. Tags here are of one byte: fields 1 to 15.
 * What is absent or zero is left out, as proto3 does.
 */
type Maybe<T> = T | null | undefined;

/** From 0 to 2^53. */
export function sizeOfVarint(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  let size = 5;
  for (let rest = value / 0x8_0000_0000; rest >= 1; rest /= 0x80) size += 1;
  return size;
}

export function writeVarint(value: number, into: Uint8Array, at: number): number {
  let rest = value;
  let next = at;
  while (rest > 0x7fff_ffff) {
    into[next++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest > 0x7f) {
    into[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[next] = rest;
  return next + 1;
}

/** Also of enumerations. */
export function sizeOfInt64(value: Maybe<Int64>): number {
  if (!value) return 0;
  if (typeof value === 'number') return 1 + (value < 0 ? 10 : sizeOfVarint(value));
  if (value.high === 0) return value.low === 0 ? 0 : 1 + sizeOfVarint(value.low >>> 0);
  // The upper half begins in the fifth byte, of which it has three bits.
  const rest = value.high >>> 3;
  return rest === 0 ? 6 : 6 + sizeOfVarint(rest);
}

export function writeInt64(tag: number, value: Maybe<Int64>, into: Uint8Array, at: number): number {
  if (!value) return at;
  if (typeof value === 'number') {
    if (value < 0) return writeHalves(tag, value | 0, Math.floor(value / 0x1_0000_0000), into, at);
    into[at] = tag;
    return writeVarint(value, into, at + 1);
  }
  if (value.high !== 0) return writeHalves(tag, value.low, value.high, into, at);
  if (value.low === 0) return at;
  into[at] = tag;
  return writeVarint(value.low >>> 0, into, at + 1);
}

function writeHalves(tag: number, low: number, high: number, into: Uint8Array, at: number): number {
  into[at] = tag;
  let next = at + 1;
  for (let shift = 0; shift < 28; shift += 7) into[next++] = ((low >>> shift) & 0x7f) | 0x80;
  const rest = high >>> 3;
  into[next++] = (low >>> 28) | ((high & 7) << 4) | (rest === 0 ? 0 : 0x80);
  return rest === 0 ? next : writeVarint(rest, into, next);
}

export function sizeOfBool(value: Maybe<boolean>): number {
  return value ? 2 : 0;
}

export function writeBool(tag: number, value: Maybe<boolean>, into: Uint8Array, at: number): number {
  if (!value) return at;
  into[at] = tag;
  into[at + 1] = 1;
  return at + 2;
}

export function sizeOfBytes(bytes: Maybe<Bytes>): number {
  return bytes?.length ? sizeOfDelimited(bytes.length) : 0;
}

export function writeBytes(tag: number, bytes: Maybe<Bytes>, into: Uint8Array, at: number): number {
  if (!bytes?.length) return at;
  const from = writeStart(tag, bytes.length, into, at);
  into.set(bytes, from);
  return from + bytes.length;
}

/** A message, or bytes, of that size: with the tag and the length before it. */
export function sizeOfDelimited(size: number): number {
  return 1 + sizeOfVarint(size) + size;
}

/** What stands before a message of that size. */
export function writeStart(tag: number, size: number, into: Uint8Array, at: number): number {
  into[at] = tag;
  return writeVarint(size, into, at + 1);
}
