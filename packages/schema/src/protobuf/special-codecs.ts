import { fromUtf8, type JsonValue, utf8 } from '@trireme/base';
import { ProtobufError } from './protobuf-error.ts';
import type { Reader } from './reader.ts';
import type { ReverseWriter } from './reverse-writer.ts';
import { int32Codec, textCodec, type ValueCodec, writeText } from './value-codec.ts';

/** A message's length is written after its fields, since writing goes backwards. */
function writeMessage(writer: ReverseWriter, writeFields: () => void): void {
  const before = writer.size;
  writeFields();
  writer.varint32(writer.size - before);
}

/** Calls `read` for each field of a message; false means that it does not know the number, and the field is skipped. */
export function readFields(reader: Reader, read: (number: number) => boolean): void {
  reader.nested(() => {
    while (reader.at < reader.end) {
      const tag = reader.tag();
      if (!read(Math.floor(tag / 8))) reader.skip(tag & 7);
    }
  });
}

/** A message whose one field is a text: Quantity. */
export const quantityCodec: ValueCodec = {
  wireType: 2,
  write: (writer, value) =>
    writeMessage(writer, () => {
      writeText(writer, value);
      writer.byte(0x0a);
    }),
  read(reader) {
    let text = '0';
    readFields(reader, (number) => {
      if (number !== 1) return false;
      text = reader.text();
      return true;
    });
    return text;
  },
};

export const intOrStringCodec: ValueCodec = {
  wireType: 2,
  write: (writer, value) =>
    writeMessage(writer, () => {
      const isText = typeof value === 'string';
      textCodec.write(writer, isText ? value : '');
      writer.byte(0x1a);
      int32Codec.write(writer, isText ? 0 : value);
      writer.byte(0x10);
      writer.byte(isText ? 1 : 0);
      writer.byte(0x08);
    }),
  read(reader) {
    let type = 0;
    let integer = 0;
    let text = '';
    readFields(reader, (number) => {
      if (number === 1) type = reader.int32();
      else if (number === 2) integer = reader.int32();
      else if (number === 3) text = reader.text();
      else return false;
      return true;
    });
    return type === 1 ? text : integer;
  },
};

/** Seconds and nanoseconds; an empty message is a time that is not set. `Time` has whole seconds on the wire, too. */
export function timeCodec(micros: boolean): ValueCodec {
  return {
    wireType: 2,
    write: (writer, value) =>
      writeMessage(writer, () => {
        const ms = Date.parse(String(value));
        if (Number.isNaN(ms)) throw new ProtobufError(`encode to protobuf: ${JSON.stringify(value)} is not a time`);
        writer.varint32(micros ? nanosOf(String(value)) : 0);
        writer.byte(0x10);
        writer.varint64(Math.floor(ms / 1000));
        writer.byte(0x08);
      }),
    read(reader) {
      let seconds: number | undefined;
      let nanos = 0;
      readFields(reader, (number) => {
        if (number === 1) seconds = reader.varint64();
        else if (number === 2) nanos = reader.int32();
        else return false;
        return true;
      });
      return seconds === undefined && nanos === 0 ? undefined : timeText(seconds ?? 0, micros ? nanos : undefined);
    },
  };
}

function nanosOf(text: string): number {
  const [, digits = ''] = /\.(\d{1,6})/.exec(text) ?? [];
  return Number(digits.padEnd(6, '0')) * 1000;
}

function timeText(seconds: number, nanos: number | undefined): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw new ProtobufError(`proto: ${seconds} seconds are not a time`);
  const micros = nanos === undefined ? '' : `.${String(Math.floor(nanos / 1000)).padStart(6, '0')}`;
  return `${date.toISOString().slice(0, -5)}${micros}Z`;
}

/** JSON text within a message: RawExtension, FieldsV1, and the free values of a schema. */
export function rawJsonCodec(decodeRaw: (bytes: Uint8Array) => JsonValue | undefined): ValueCodec {
  return {
    wireType: 2,
    write: (writer, value) =>
      writeMessage(writer, () => {
        const bytes = utf8(JSON.stringify(value));
        writer.bytes(bytes);
        writer.varint32(bytes.length);
        writer.byte(0x0a);
      }),
    read(reader) {
      let value: JsonValue | undefined;
      readFields(reader, (number) => {
        if (number !== 1) return false;
        value = decodeRaw(reader.bytes());
        return true;
      });
      return value;
    },
  };
}

export function jsonOfBytes(bytes: Uint8Array): JsonValue | undefined {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(fromUtf8(bytes)) as JsonValue;
  } catch (error) {
    throw new ProtobufError('proto: a raw extension holds what is not JSON', { cause: error });
  }
}

/** A list that has a message of its own around it: the values of `extra` in reviews, the verbs of a resource. */
export function wrappedListCodec(element: ValueCodec): ValueCodec {
  return {
    wireType: 2,
    write: (writer, value) =>
      writeMessage(writer, () => {
        for (const item of (value as readonly JsonValue[]).toReversed()) {
          element.write(writer, item);
          writer.byte(0x0a);
        }
      }),
    read(reader) {
      const items: JsonValue[] = [];
      readFields(reader, (number) => {
        if (number !== 1) return false;
        const item = element.read(reader);
        if (item !== undefined) items.push(item);
        return true;
      });
      return items;
    },
  };
}

/** JSON's "this or that" in a custom resource's schema, which protobuf spells as a message with a field for each. */
export function schemaOrCodec(kind: 'bool' | 'array' | 'strings', schema: ValueCodec): ValueCodec {
  const [schemaTag, otherTag] = kind === 'bool' ? [0x12, 0x08] : [0x0a, 0x12];
  const item = kind === 'strings' ? textCodec : schema;
  return {
    wireType: 2,
    write: (writer, value) =>
      writeMessage(writer, () => {
        if (Array.isArray(value)) {
          for (const element of (value as readonly JsonValue[]).toReversed()) {
            item.write(writer, element);
            writer.byte(otherTag);
          }
          return;
        }
        if (typeof value === 'object') {
          schema.write(writer, value);
          writer.byte(schemaTag);
        }
        if (kind !== 'bool') return;
        writer.byte(value === false ? 0 : 1);
        writer.byte(otherTag);
      }),
    read(reader) {
      let one: JsonValue | undefined;
      let allows = false;
      const items: JsonValue[] = [];
      readFields(reader, (number) => {
        if (number === schemaTag >> 3) one = schema.read(reader);
        else if (number !== otherTag >> 3) return false;
        else if (kind === 'bool') allows = reader.varint64() !== 0;
        else items.push(item.read(reader) as JsonValue);
        return true;
      });
      return one ?? (kind === 'bool' ? allows : items);
    },
  };
}
