import { type Bytes, emptyBytes } from '@trireme/base';
import { createFieldWriter, fieldSize, readFields } from './protobuf.ts';

/** A version as etcd writes it in its bucket `key`: under its revision, and its place in it. */
export interface EtcdVersion {
  readonly revision: number;
  readonly sub: number;
  /** A deletion. Nothing but the key goes with it. */
  readonly tombstone: boolean;
  readonly key: Bytes;
  readonly value: Bytes;
  readonly createRevision: number;
  readonly version: number;
  readonly lease: bigint;
}

export interface EtcdLease {
  readonly id: bigint;
  readonly ttlSeconds: number;
}

const revisionKeyBytes = 17;
const separator = 0x5f; // '_'
const tombstoneMark = 0x74; // 't'

/** main (8 bytes, big-endian) '_' sub (8 bytes), and 't' where it is a deletion. */
export function encodeRevisionKey(revision: number, sub: number, tombstone = false): Bytes {
  const key = new Uint8Array(revisionKeyBytes + (tombstone ? 1 : 0));
  const view = new DataView(key.buffer);
  putUint64(view, 0, revision);
  key[8] = separator;
  putUint64(view, 9, sub);
  if (tombstone) key[revisionKeyBytes] = tombstoneMark;
  return key;
}

export interface RevisionKey {
  readonly revision: number;
  readonly sub: number;
  readonly tombstone: boolean;
}

export function decodeRevisionKey(key: Bytes): RevisionKey | undefined {
  const tombstone = key.length === revisionKeyBytes + 1 && key[revisionKeyBytes] === tombstoneMark;
  if ((!tombstone && key.length !== revisionKeyBytes) || key[8] !== separator) return undefined;
  const revision = decodeUint64(key.subarray(0, 8));
  const sub = decodeUint64(key.subarray(9, 17));
  return revision === undefined || sub === undefined ? undefined : { revision, sub, tombstone };
}

export function encodeUint64(value: number): Bytes {
  const bytes = new Uint8Array(8);
  putUint64(new DataView(bytes.buffer), 0, value);
  return bytes;
}

/** Big-endian, below 2^53. */
export function decodeUint64(bytes: Bytes): number | undefined {
  if (bytes.length !== 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const value = view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
  return Number.isSafeInteger(value) ? value : undefined;
}

function putUint64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, Math.floor(value / 0x1_0000_0000));
  view.setUint32(offset + 4, value >>> 0);
}

/** The length of what `encodeKeyValue` makes, without making it. */
export function keyValueSize(version: EtcdVersion): number {
  if (version.tombstone) return fieldSize(version.key);
  return (
    fieldSize(version.key) +
    fieldSize(version.createRevision) +
    fieldSize(version.revision) +
    fieldSize(version.version) +
    fieldSize(version.value) +
    fieldSize(version.lease)
  );
}

/** `mvccpb.KeyValue`: key 1, create_revision 2, mod_revision 3, version 4, value 5, lease 6. */
export function encodeKeyValue(version: EtcdVersion): Bytes {
  const bytes = new Uint8Array(keyValueSize(version));
  const writer = createFieldWriter(bytes);
  writer.bytes(1, version.key);
  if (version.tombstone) return bytes;
  writer.number(2, version.createRevision);
  writer.number(3, version.revision);
  writer.number(4, version.version);
  writer.bytes(5, version.value);
  writer.bigint(6, version.lease);
  return bytes;
}

/** Undefined where the bytes are not that, or a number is not one that a store can hold. */
export function decodeKeyValue({ revision, sub, tombstone }: RevisionKey, bytes: Bytes): EtcdVersion | undefined {
  const fields = readFields(bytes);
  if (!fields) return undefined;
  const numbers = [0n, 0n, 0n, 0n, 0n, 0n, 0n];
  let key = emptyBytes;
  let value = emptyBytes;
  for (const field of fields) {
    if (typeof field.value === 'bigint') numbers[Math.min(field.number, 7)] = field.value;
    else if (field.number === 1) key = field.value;
    else if (field.number === 5) value = field.value;
  }
  const [, , create = 0n, , version = 0n, , lease = 0n] = numbers;
  if (create > BigInt(revision) || version > BigInt(revision) || lease >= 2n ** 63n) return undefined;
  const createRevision = Number(create);
  return { revision, sub, tombstone, key, value, createRevision, version: Number(version), lease };
}

/** `leasepb.Lease`: ID 1, TTL 2 (and a RemainingTTL 3, which only says how much of it was left at some time). */
export function encodeLease({ id, ttlSeconds }: EtcdLease): Bytes {
  const bytes = new Uint8Array(fieldSize(id) + fieldSize(ttlSeconds));
  const writer = createFieldWriter(bytes);
  writer.bigint(1, id);
  writer.number(2, ttlSeconds);
  return bytes;
}

/** The key of a lease in its bucket. */
export function encodeLeaseKey(id: bigint): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, id);
  return bytes;
}

export function decodeLease(bytes: Bytes): EtcdLease | undefined {
  let id = 0n;
  let ttl = 0n;
  for (const { number, value } of readFields(bytes) ?? []) {
    if (number === 1 && typeof value === 'bigint') id = value;
    if (number === 2 && typeof value === 'bigint') ttl = value;
  }
  if (id <= 0n || id >= 2n ** 63n || ttl <= 0n || ttl > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return { id, ttlSeconds: Number(ttl) };
}
