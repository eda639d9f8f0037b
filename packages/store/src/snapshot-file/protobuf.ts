import { type Bytes, emptyBytes } from '@trireme/base';

/**
 * As much of protobuf's wire format as two messages need: varints and bytes. Other fields are skipped.
 * https://protobuf.dev/programming-guides/encoding/
 */
export type Field =
  | { readonly number: number; readonly value: bigint }
  | { readonly number: number; readonly value: Bytes };

const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

export function bigVarintSize(value: bigint): number {
  return value < 0x8000_0000n ? varintSize(Number(value)) : Math.ceil(value.toString(2).length / 7);
}

/** Appends fields to bytes that were measured before. */
export interface FieldWriter {
  number(field: number, value: number): void;
  bigint(field: number, value: bigint): void;
  bytes(field: number, value: Bytes): void;
}

export function createFieldWriter(into: Uint8Array): FieldWriter {
  let at = 0;
  const put = (value: number): void => {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) into[at++] = (rest % 0x80) | 0x80;
    into[at++] = rest;
  };
  return {
    number(field, value) {
      if (value === 0) return;
      into[at++] = (field << 3) | varint;
      put(value);
    },
    bigint(field, value) {
      if (value === 0n) return;
      into[at++] = (field << 3) | varint;
      let rest = value;
      for (; rest >= 0x80n; rest >>= 7n) into[at++] = Number(rest & 0x7fn) | 0x80;
      into[at++] = Number(rest);
    },
    bytes(field, value) {
      if (value.length === 0) return;
      into[at++] = (field << 3) | lengthDelimited;
      put(value.length);
      into.set(value, at);
      at += value.length;
    },
  };
}

/** Fields are below 16, so that a tag is one byte. Empty fields are left out. */
export function fieldSize(value: number | bigint | Bytes): number {
  if (typeof value === 'number') return value === 0 ? 0 : 1 + varintSize(value);
  if (typeof value === 'bigint') return value === 0n ? 0 : 1 + bigVarintSize(value);
  return value.length === 0 ? 0 : 1 + varintSize(value.length) + value.length;
}

/** Every field with a varint or bytes, in their order; undefined where the bytes are no message. */
export function readFields(bytes: Bytes): readonly Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = (): bigint | undefined => {
    let low = 0;
    // Up to 28 bits, which most are, without a bigint.
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = readVarint();
    if (tag === undefined || tag < 8n) return undefined;
    const number = Number(tag >> 3n);
    const kind = Number(tag & 7n);
    if (kind === varint || kind === lengthDelimited) {
      const value = readVarint();
      if (value === undefined) return undefined;
      if (kind === varint) fields.push({ number, value });
      else {
        const end = at + Number(value);
        if (end > bytes.length) return undefined;
        fields.push({ number, value: value === 0n ? emptyBytes : bytes.subarray(at, end) });
        at = end;
      }
    } else if (kind === fixed64) at += 8;
    else if (kind === fixed32) at += 4;
    else return undefined;
  }
  return at === bytes.length ? fields : undefined;
}
