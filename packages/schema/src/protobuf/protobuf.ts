import { type Bytes, equalBytes, type JsonObject, type JsonValue } from '@trireme/base';
import { parseGvk } from '../object.ts';
import type { TypeTable } from '../type-table.ts';
import { type MessagePlan, readMessage, writeMessage } from './message-plan.ts';
import { messagePlansOf } from './message-plans.ts';
import { ProtobufError } from './protobuf-error.ts';
import { Reader } from './reader.ts';
import { ReverseWriter } from './reverse-writer.ts';
import { jsonOfBytes } from './special-codecs.ts';

/** The media type of the bytes that `encodeProtobuf` returns. */
export const protobufMediaType = 'application/vnd.kubernetes.protobuf';

/** What the bytes of every enveloped object start with: "k8s" and a zero. */
export const protobufMagic: Bytes = new Uint8Array([0x6b, 0x38, 0x73, 0x00]);

/** One writer serves all encodings: none of them can be interrupted, and its buffer has grown to what is usual. */
const writer = new ReverseWriter();

function planOf(table: TypeTable, typeId: string): MessagePlan {
  return messagePlansOf(table, (bytes) =>
    isProtobuf(bytes) ? decodeProtobuf(table, bytes).value : jsonOfBytes(bytes),
  ).ofType(typeId);
}

export function isProtobuf(bytes: Bytes): boolean {
  return bytes.length >= 4 && equalBytes(bytes.subarray(0, 4), protobufMagic);
}

/** True for types that upstream can write in protobuf. Custom resources, and a few answers about the server, are not. */
export function hasProtobuf(table: TypeTable, typeId: string): boolean {
  return planOf(table, typeId).descending.length > 0;
}

/** A message alone, as within an envelope or a watch frame. The value has to fit its type. */
export function encodeMessage(table: TypeTable, typeId: string, value: JsonObject): Uint8Array<ArrayBuffer> {
  const plan = planOf(table, typeId);
  writer.reset();
  writeMessage(plan, writer, value);
  return writer.finish();
}

export function decodeMessage(table: TypeTable, typeId: string, bytes: Bytes): JsonObject {
  return readMessage(planOf(table, typeId), new Reader(bytes));
}

function typeIdFor(table: TypeTable, apiVersion: string, kind: string): string {
  const gvk = parseGvk(apiVersion, kind);
  const typeId = gvk && table.typeIdOf(gvk);
  if (typeId === undefined) {
    throw new ProtobufError(`no kind "${kind}" is registered for version "${apiVersion}"`);
  }
  return typeId;
}

/**
 * An object in its envelope: 'k8s\0', then `runtime.Unknown` with the kind and the message. `typeId` serves kinds that
 * many versions share (DeleteOptions); otherwise the object's own kind decides.
 */
export function encodeProtobuf(table: TypeTable, object: JsonObject, typeId?: string): Uint8Array<ArrayBuffer> {
  const apiVersion = String(object.apiVersion ?? '');
  const kind = String(object.kind ?? '');
  const plan = planOf(table, typeId ?? typeIdFor(table, apiVersion, kind));
  writer.reset();
  // Upstream writes the empty content encoding and content type, too.
  writer.bytes(new Uint8Array([0x1a, 0x00, 0x22, 0x00]));
  const end = writer.size;
  writeMessage(plan, writer, object);
  writeLength(0x12, end);
  const typeMetaEnd = writer.size;
  writeString(0x12, kind);
  writeString(0x0a, apiVersion);
  writeLength(0x0a, typeMetaEnd);
  writer.bytes(protobufMagic);
  return writer.finish();
}

function writeLength(tag: number, end: number): void {
  writer.varint32(writer.size - end);
  writer.byte(tag);
}

function writeString(tag: number, text: string): void {
  const end = writer.size;
  writer.text(text);
  writeLength(tag, end);
}

export interface ProtobufEnvelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The message, not copied. */
  readonly raw: Bytes;
}

/** Opens the envelope only: what the object says that it is. Throws `ProtobufError` for anything else. */
export function readProtobufEnvelope(bytes: Bytes): ProtobufEnvelope {
  if (bytes.length === 0) throw new ProtobufError('empty data');
  if (!isProtobuf(bytes)) {
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  if (bytes.length === 4) throw new ProtobufError('empty body');
  const reader = new Reader(bytes.subarray(4));
  let apiVersion = '';
  let kind = '';
  let raw: Bytes = new Uint8Array(0);
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) {
      reader.nested(() => {
        while (reader.at < reader.end) {
          const inner = reader.tag();
          if (inner === 0x0a) apiVersion = reader.text();
          else if (inner === 0x12) kind = reader.text();
          else reader.skip(inner & 7);
        }
      });
    } else if (tag === 0x12) raw = reader.bytes();
    else reader.skip(tag & 7);
  }
  return { apiVersion, kind, raw };
}

export interface DecodedProtobuf {
  readonly typeId: string;
  /** With `apiVersion` and `kind` from the envelope, where it says them. */
  readonly value: JsonObject;
}

/** Reads an object from its envelope. With `typeId` the envelope's own kind does not decide, as for DeleteOptions. */
export function decodeProtobuf(table: TypeTable, bytes: Bytes, typeId?: string): DecodedProtobuf {
  const { apiVersion, kind, raw } = readProtobufEnvelope(bytes);
  if (typeId === undefined && kind === '') {
    throw new ProtobufError(`Object 'Kind' is missing in 'runtime.TypeMeta{APIVersion:"${apiVersion}", Kind:""}'`);
  }
  const known = typeId ?? typeIdFor(table, apiVersion, kind);
  const header: Record<string, JsonValue> = {};
  if (kind !== '') header.kind = kind;
  if (apiVersion !== '') header.apiVersion = apiVersion;
  return { typeId: known, value: readMessage(planOf(table, known), new Reader(raw), header) };
}
