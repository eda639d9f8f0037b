import type { Bytes, JsonObject } from '@trireme/base';
import type { TypeTable } from '../type-table.ts';
import { encodeMessage, protobufMagic, readProtobufEnvelope } from './protobuf.ts';
import { ReverseWriter } from './reverse-writer.ts';

export interface ListHeader {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject;
}

const writer = new ReverseWriter();
const itemTag = 0x12;

/**
 * A list in its envelope, out of items that are encoded already: the pieces to write one after another. The bytes of the
 * items are those passed in, so a list costs next to nothing beside what its objects cost once.
 */
export function protobufListPieces(table: TypeTable, header: ListHeader, items: readonly Bytes[]): readonly Bytes[] {
  const pieces: Bytes[] = [];
  let size = 0;
  const add = (piece: Bytes): void => {
    pieces.push(piece);
    size += piece.length;
  };
  const metadata = encodeMessage(table, 'apimachinery.pkg.apis.meta.v1.ListMeta', header.metadata);
  add(delimiter(0x0a, metadata.length));
  add(metadata);
  for (const item of items) {
    const { raw } = readProtobufEnvelope(item);
    add(delimiter(itemTag, raw.length));
    add(raw);
  }
  return [envelopeStart(header, size), ...pieces, new Uint8Array([0x1a, 0x00, 0x22, 0x00])];
}

function delimiter(tag: number, sizeBytes: number): Bytes {
  writer.reset();
  writer.varint32(sizeBytes);
  writer.byte(tag);
  return writer.finish();
}

function envelopeStart({ apiVersion, kind }: ListHeader, sizeBytes: number): Bytes {
  writer.reset();
  writer.varint32(sizeBytes);
  writer.byte(0x12);
  const typeMetaEnd = writer.size;
  for (const [tag, text] of [
    [0x12, kind],
    [0x0a, apiVersion],
  ] as const) {
    const end = writer.size;
    writer.text(text);
    writer.varint32(writer.size - end);
    writer.byte(tag);
  }
  writer.varint32(writer.size - typeMetaEnd);
  writer.byte(0x0a);
  writer.bytes(protobufMagic);
  return writer.finish();
}
