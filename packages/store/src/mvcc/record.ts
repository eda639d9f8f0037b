import type { Bytes } from '@trireme/base';
import type { KeyValue, LeaseId, Revision } from '@trireme/ports';
import { hashBytes } from './hash.ts';

/** One version of a key, whole. `version` 0 marks a tombstone. */
export interface VersionFields extends KeyValue {
  /** Its place among the changes of its revision. */
  readonly sub: number;
}

/**
 * A version in bytes, in memory and on the disk alike: digest (4), sum of the head (4), modRevision, createRevision,
 * version (8 each, as doubles), lease (8), sub (4), length of the key (4), key, value; little-endian. The sum covers the
 * numbers and the key, the digest goes on from it over the value.
 */
export const recordHeadBytes = 48;
const summedFrom = 8;

export interface RecordHead {
  readonly digest: number;
  readonly modRevision: Revision;
  readonly createRevision: Revision;
  readonly version: number;
  readonly lease: LeaseId;
  readonly sub: number;
  readonly keyLength: number;
}

/** Writes a record at `at`; returns its digest. */
export function writeRecord(bytes: Uint8Array, view: DataView, at: number, fields: VersionFields): number {
  const { key, value } = fields;
  const valueAt = at + recordHeadBytes + key.length;
  view.setFloat64(at + 8, fields.modRevision, true);
  view.setFloat64(at + 16, fields.createRevision, true);
  view.setFloat64(at + 24, fields.version, true);
  if (fields.lease === 0n) {
    view.setInt32(at + 32, 0, true);
    view.setInt32(at + 36, 0, true);
  } else view.setBigInt64(at + 32, fields.lease, true);
  view.setUint32(at + 40, fields.sub, true);
  view.setUint32(at + 44, key.length, true);
  bytes.set(key, at + recordHeadBytes);
  bytes.set(value, valueAt);
  const sum = hashBytes(view, at + summedFrom, valueAt, 0);
  const digest = hashBytes(view, valueAt, valueAt + value.length, sum);
  view.setInt32(at, digest, true);
  view.setInt32(at + 4, sum, true);
  return digest;
}

export function encodeRecord(fields: VersionFields): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(recordHeadBytes + fields.key.length + fields.value.length);
  writeRecord(bytes, new DataView(bytes.buffer), 0, fields);
  return bytes;
}

/** Undefined where the head is damaged. The value is not looked at. */
export function readHead(bytes: Bytes): RecordHead | undefined {
  if (bytes.length < recordHeadBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const keyLength = view.getUint32(44, true);
  const valueAt = recordHeadBytes + keyLength;
  if (valueAt > bytes.length || hashBytes(view, summedFrom, valueAt, 0) !== view.getInt32(4, true)) return undefined;
  return {
    digest: view.getInt32(0, true),
    modRevision: view.getFloat64(8, true),
    createRevision: view.getFloat64(16, true),
    version: view.getFloat64(24, true),
    lease: view.getBigInt64(32, true),
    sub: view.getUint32(40, true),
    keyLength,
  };
}

/** Whether head, key and value are what was written. */
export function isWhole(bytes: Bytes, head: RecordHead | undefined = readHead(bytes)): boolean {
  if (!head) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return hashBytes(view, recordHeadBytes + head.keyLength, bytes.length, view.getInt32(4, true)) === head.digest;
}

/** The version in a record; undefined where the record is damaged. Key and value are views of the record. */
export function decodeRecord(bytes: Bytes): VersionFields | undefined {
  const head = readHead(bytes);
  if (!head || !isWhole(bytes, head)) return undefined;
  const { modRevision, createRevision, version, lease, sub } = head;
  const valueAt = recordHeadBytes + head.keyLength;
  const key = bytes.subarray(recordHeadBytes, valueAt);
  return { key, value: bytes.subarray(valueAt), createRevision, modRevision, version, lease, sub };
}
