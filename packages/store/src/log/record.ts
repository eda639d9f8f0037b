import type { Bytes } from '@trireme/base';
import { crc32c } from './crc32c.ts';

/**
 * A record in a segment: length (4 bytes), CRC-32C (4 bytes), payload; padded to 8 bytes. The checksum covers where the
 * record stands (segment number, offset) and its length, so that a write that went astray is not taken for a record.
 */
export const recordHeaderBytes = 8;

export function paddedSize(payloadBytes: number): number {
  return (recordHeaderBytes + payloadBytes + 7) & ~7;
}

function checksum(segment: number, offset: number, bytes: Bytes, start: number, end: number): number {
  const place = new Uint8Array(16);
  const view = new DataView(place.buffer);
  view.setUint32(0, Math.floor(segment / 0x1_0000_0000), true);
  view.setUint32(4, segment >>> 0, true);
  view.setUint32(8, offset, true);
  view.setUint32(12, end - start, true);
  return crc32c(bytes, start, end, crc32c(place));
}

export function encodeRecord(segment: number, offset: number, payload: Bytes): Uint8Array<ArrayBuffer> {
  const record = new Uint8Array(paddedSize(payload.length));
  record.set(payload, recordHeaderBytes);
  const view = new DataView(record.buffer);
  view.setUint32(0, payload.length, true);
  const end = recordHeaderBytes + payload.length;
  view.setUint32(4, checksum(segment, offset, record, recordHeaderBytes, end), true);
  return record;
}

export type DecodedRecord =
  | { readonly type: 'record'; readonly payload: Bytes; readonly next: number }
  /** Nothing was ever written here. */
  | { readonly type: 'end' }
  | { readonly type: 'broken' };

export function decodeRecord(segment: number, bytes: Bytes, offset: number): DecodedRecord {
  if (offset + recordHeaderBytes > bytes.length) return { type: 'end' };
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, recordHeaderBytes);
  const length = view.getUint32(0, true);
  if (length === 0) return view.getUint32(4, true) === 0 ? { type: 'end' } : { type: 'broken' };
  const start = offset + recordHeaderBytes;
  if (start + length > bytes.length) return { type: 'broken' };
  if (checksum(segment, offset, bytes, start, start + length) !== view.getUint32(4, true)) return { type: 'broken' };
  return { type: 'record', payload: bytes.subarray(start, start + length), next: offset + paddedSize(length) };
}

/** Where the next whole record after `offset` stands, if there is one. */
export function findRecordAfter(segment: number, bytes: Bytes, offset: number): number | undefined {
  for (let at = offset + 8; at + recordHeaderBytes <= bytes.length; at += 8)
    if (decodeRecord(segment, bytes, at).type === 'record') return at;
  return undefined;
}
