import { invariant, isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import { ProtobufError } from './protobuf-error.ts';
import type { Reader } from './reader.ts';
import type { ReverseWriter } from './reverse-writer.ts';
import type { ValueCodec } from './value-codec.ts';

/** One field of a message. */
export type FieldPlan =
  | {
      readonly kind: 'single';
      readonly number: number;
      readonly name: string;
      readonly codec: ValueCodec;
      /** A zero on the wire stands for an absent value, unless upstream tells the two apart. */
      readonly keepsZero: boolean;
    }
  | {
      readonly kind: 'repeated' | 'map';
      readonly number: number;
      readonly name: string;
      readonly codec: ValueCodec;
      /** Absent in protobuf, this list is written as [] in JSON. */
      readonly required: boolean;
    }
  /** A message that JSON inlines: its fields are the outer object's. */
  | { readonly kind: 'embedded'; readonly number: number; readonly plan: () => MessagePlan };

export interface MessagePlan {
  /** From the highest number to the lowest: writing goes backwards, so the bytes come in ascending order. */
  readonly descending: readonly FieldPlan[];
  readonly byNumber: readonly (FieldPlan | undefined)[];
  readonly requiredLists: readonly string[];
}

export function createMessagePlan(fields: readonly FieldPlan[]): MessagePlan {
  const byNumber: (FieldPlan | undefined)[] = [];
  for (const field of fields) {
    invariant(byNumber[field.number] === undefined, `protobuf field number ${field.number} is used twice`);
    byNumber[field.number] = field;
  }
  return {
    descending: fields.toSorted((a, b) => b.number - a.number),
    byNumber,
    requiredLists: fields.flatMap((field) => (field.kind === 'repeated' && field.required ? [field.name] : [])),
  };
}

/** The codec of a nested message. The plan comes late because messages nest themselves. */
export function messageCodec(plan: () => MessagePlan): ValueCodec {
  let known: MessagePlan | undefined;
  const get = (): MessagePlan => {
    known ??= plan();
    return known;
  };
  return {
    wireType: 2,
    write(writer, value) {
      if (!isJsonObject(value)) {
        throw new ProtobufError(`encode to protobuf: ${JSON.stringify(value)} is not an object. Decode it first.`);
      }
      const before = writer.size;
      writeMessage(get(), writer, value);
      writer.varint32(writer.size - before);
    },
    read: (reader) => reader.nested(() => readMessage(get(), reader)),
  };
}

/** Writes the fields of a message, without its length. */
export function writeMessage(plan: MessagePlan, writer: ReverseWriter, object: JsonObject): void {
  for (const field of plan.descending) {
    if (field.kind === 'embedded') {
      const before = writer.size;
      writeMessage(field.plan(), writer, object);
      const size = writer.size - before;
      if (size > 0) writeTag(writer, field.number, 2, size);
      continue;
    }
    const value = object[field.name];
    if (value === undefined || value === null) continue;
    if (field.kind === 'single') {
      field.codec.write(writer, value);
      writeTag(writer, field.number, field.codec.wireType);
    } else if (field.kind === 'repeated') {
      writeRepeated(field.number, field.codec, writer, value as readonly JsonValue[]);
    } else {
      writeMap(field.number, field.codec, writer, value as JsonObject);
    }
  }
}

function writeTag(writer: ReverseWriter, number: number, wireType: number, size?: number): void {
  if (size !== undefined) writer.varint32(size);
  const tag = (number << 3) | wireType;
  if (tag < 128) writer.byte(tag);
  else writer.varint32(tag);
}

function writeRepeated(number: number, codec: ValueCodec, writer: ReverseWriter, items: readonly JsonValue[]): void {
  for (let i = items.length - 1; i >= 0; i--) {
    codec.write(writer, items[i] as JsonValue);
    writeTag(writer, number, codec.wireType);
  }
}

function writeMap(number: number, codec: ValueCodec, writer: ReverseWriter, map: JsonObject): void {
  for (const key of Object.keys(map).sort().reverse()) {
    const value = map[key];
    if (value === undefined || value === null) continue;
    const before = writer.size;
    codec.write(writer, value);
    writer.byte(0x10 | codec.wireType);
    const keyBefore = writer.size;
    writer.text(key);
    writer.varint32(writer.size - keyBefore);
    writer.byte(0x0a);
    writeTag(writer, number, 2, writer.size - before);
  }
}

/** Reads fields up to the reader's end. */
export function readMessage(plan: MessagePlan, reader: Reader, into: Record<string, JsonValue> = {}): JsonObject {
  while (reader.at < reader.end) {
    const tag = reader.tag();
    const wireType = tag & 7;
    const field = plan.byNumber[Math.floor(tag / 8)];
    if (field === undefined) reader.skip(wireType);
    else readField(field, wireType, reader, into);
  }
  for (const name of plan.requiredLists) into[name] ??= [];
  return into;
}

function readField(field: FieldPlan, wireType: number, reader: Reader, into: Record<string, JsonValue>): void {
  if (field.kind === 'embedded') {
    expectWireType(wireType, 2, 'an embedded message');
    reader.nested(() => readMessage(field.plan(), reader, into));
  } else if (field.kind === 'single') {
    expectWireType(wireType, field.codec.wireType, field.name);
    const value = field.codec.read(reader);
    if (value === undefined || (!field.keepsZero && (value === '' || value === 0 || value === false))) return;
    into[field.name] = value;
  } else if (field.kind === 'map') {
    expectWireType(wireType, 2, field.name);
    readEntry(field.codec, reader, containerOf(into, field.name, {}) as Record<string, JsonValue>);
  } else {
    const items = containerOf(into, field.name, []) as JsonValue[];
    if (wireType === 2 && field.codec.wireType !== 2) {
      reader.nested(() => {
        while (reader.at < reader.end) items.push(field.codec.read(reader) as JsonValue);
      });
      return;
    }
    expectWireType(wireType, field.codec.wireType, field.name);
    items.push(field.codec.read(reader) ?? null);
  }
}

function containerOf(into: Record<string, JsonValue>, name: string, empty: JsonValue): JsonValue {
  const known = into[name];
  if (known !== undefined) return known;
  into[name] = empty;
  return empty;
}

function readEntry(codec: ValueCodec, reader: Reader, into: Record<string, JsonValue>): void {
  reader.nested(() => {
    let key = '';
    let value: JsonValue | undefined;
    while (reader.at < reader.end) {
      const tag = reader.tag();
      if (tag === 0x0a) key = reader.text();
      else if (tag === (0x10 | codec.wireType)) value = codec.read(reader);
      else reader.skip(tag & 7);
    }
    // The key is a user's text, which may be '__proto__'.
    const entry = { value: value ?? '', enumerable: true, configurable: true, writable: true };
    if (key === '__proto__') Object.defineProperty(into, key, entry);
    else into[key] = entry.value;
  });
}

function expectWireType(wireType: number, expected: number, name: string): void {
  if (wireType !== expected) throw new ProtobufError(`proto: wrong wireType = ${wireType} for field ${name}`);
}
