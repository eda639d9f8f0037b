import { fromBase64, type JsonValue, toBase64 } from '@trireme/base';
import type { Scalar } from '../type-table.ts';
import { ProtobufError } from './protobuf-error.ts';
import type { Reader } from './reader.ts';
import type { ReverseWriter } from './reverse-writer.ts';

/** How one value travels: 0 varint, 1 eight bytes, 2 a length and that many bytes. */
export type WireType = 0 | 1 | 2;

export interface ValueCodec {
  readonly wireType: WireType;
  /** Writes the value, and before it its length where the wire type has one. The field's tag is the caller's. */
  write(writer: ReverseWriter, value: JsonValue): void;
  /** Undefined where the bytes stand for an absent value. */
  read(reader: Reader): JsonValue | undefined;
}

function refuse(value: JsonValue, expected: string): never {
  throw new ProtobufError(
    `encode to protobuf: ${JSON.stringify(value)} is not a ${expected}. Decode the object first.`,
  );
}

function expectNumber(value: JsonValue): number {
  return typeof value === 'number' ? value : refuse(value, 'number');
}

export function writeText(writer: ReverseWriter, value: JsonValue): void {
  if (typeof value !== 'string') refuse(value, 'string');
  const before = writer.size;
  writer.text(value);
  writer.varint32(writer.size - before);
}

export const textCodec: ValueCodec = { wireType: 2, write: writeText, read: (reader) => reader.text() };

export const boolCodec: ValueCodec = {
  wireType: 0,
  write: (writer, value) => writer.byte(typeof value === 'boolean' ? (value ? 1 : 0) : refuse(value, 'boolean')),
  read: (reader) => reader.varint64() !== 0,
};

export const int32Codec: ValueCodec = {
  wireType: 0,
  write: (writer, value) => writer.varint64(expectNumber(value)),
  read: (reader) => reader.int32(),
};

const int64Codec: ValueCodec = { ...int32Codec, read: (reader) => reader.varint64() };

const doubleCodec: ValueCodec = {
  wireType: 1,
  write: (writer, value) => writer.double(expectNumber(value)),
  read: (reader) => reader.double(),
};

const bytesCodec: ValueCodec = {
  wireType: 2,
  write(writer, value) {
    const bytes = typeof value === 'string' ? fromBase64(value) : undefined;
    if (!bytes) return refuse(value, 'base64 text');
    writer.bytes(bytes);
    writer.varint32(bytes.length);
  },
  read: (reader) => toBase64(reader.bytes()),
};

export const scalarCodecs: Readonly<Record<Scalar, ValueCodec>> = {
  string: textCodec,
  'string:byte': bytesCodec,
  int32: int32Codec,
  int64: int64Codec,
  number: doubleCodec,
  boolean: boolCodec,
};
