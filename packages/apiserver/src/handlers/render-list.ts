import { type Bytes, concatBytes, type JsonObject, utf8 } from '@trireme/base';
import type { Body } from '@trireme/ports';
import { type ApiObject, apiVersionOf, encodeProtobuf, protobufListPieces } from '@trireme/schema';
import type { ListMeta } from '@trireme/schema/types/meta/v1';
import { fromStored } from '../registry/stored-form.ts';
import { encodeObject } from '../request/respond.ts';
import type { StoredObject } from '../store/stored-object.ts';
import { encodedObject, partialOf, type RenderOptions } from './render.ts';
import { tableOf } from './table.ts';

/**
 * A list in the form that was asked for. It goes out in pieces, with a breath between them, so that a list of any length
 * costs no more memory than a piece, and nobody waits for it longer than for a piece.
 */
export function renderList(options: RenderOptions, items: readonly StoredObject[], meta: ListMeta): Body {
  const { output, types } = options;
  if (output.form === 'protobuf') return protobufList(options, items, meta);
  if (output.form === 'yaml' || output.pretty) return encodeObject({ output, types }, wholeList(options, items, meta));
  if (output.as === 'table') return tableList(options, items, meta);
  if (output.as === 'object' && !options.kind.storedAs) return storedList(options, items, meta);
  const text = output.as === 'partial' ? partialText : (stored: StoredObject) => itemText(options, stored);
  return inPieces(options, listHead(options, meta), items, (stored) => [utf8(text(stored))]);
}

const pieceBytes = 256 * 1024;
const comma = utf8(',');
const jsonEnd = utf8(']}\n');

function headerOf(
  { kind, output }: RenderOptions,
  meta: ListMeta,
): { kind: string; apiVersion: string; metadata: ListMeta } {
  if (output.as === 'partial')
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata: meta };
  return { kind: kind.listKind, apiVersion: apiVersionOf(kind.ref), metadata: meta };
}

function wholeList(options: RenderOptions, items: readonly StoredObject[], meta: ListMeta): object {
  const { kind, output } = options;
  if (output.as === 'table') return tableOf(kind, items, meta, options.table);
  const show = ({ object }: StoredObject): object =>
    output.as === 'partial' ? partialOf(object) : withoutTypeMeta(fromStored(kind, object));
  return { ...headerOf(options, meta), items: items.map(show) };
}

function withoutTypeMeta(object: ApiObject): object {
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
  return rest;
}

const partialText = ({ object }: StoredObject): string => JSON.stringify(partialOf(object));
const itemText = ({ kind }: RenderOptions, { object }: StoredObject): string =>
  JSON.stringify(withoutTypeMeta(fromStored(kind, object)));

function listHead(options: RenderOptions, meta: ListMeta): Bytes {
  return utf8(`${JSON.stringify(headerOf(options, meta)).slice(0, -1)},"items":[`);
}

/** The stored bytes themselves, one after the other. */
function storedList(options: RenderOptions, items: readonly StoredObject[], meta: ListMeta): AsyncIterable<Bytes> {
  return inPieces(options, listHead(options, meta), items, (stored) => stored.jsonItem);
}

function tableList(options: RenderOptions, items: readonly StoredObject[], meta: ListMeta): AsyncIterable<Bytes> {
  const { kind, table } = options;
  const { rows: _rows, ...head } = tableOf(kind, [], meta, table);
  const headBytes = utf8(`${JSON.stringify(head).slice(0, -1)},"rows":[`);
  return inPieces(options, headBytes, items, (stored) => [
    utf8(JSON.stringify(tableOf(kind, [stored], {}, table).rows[0])),
  ]);
}

async function* inPieces(
  { breathe }: RenderOptions,
  head: Bytes,
  items: readonly StoredObject[],
  bytesOf: (stored: StoredObject) => readonly Bytes[],
): AsyncGenerator<Bytes> {
  let pieces: Bytes[] = [head];
  let size = 0;
  let first = true;
  for (const item of items) {
    if (!first) pieces.push(comma);
    first = false;
    for (const bytes of bytesOf(item)) {
      pieces.push(bytes);
      size += bytes.length;
    }
    if (size < pieceBytes) continue;
    yield concatBytes(pieces);
    pieces = [];
    size = 0;
    await breathe();
  }
  pieces.push(jsonEnd);
  yield concatBytes(pieces);
}

/** Items are encoded once per revision, so only the first list of them takes its time. */
async function* protobufList(
  options: RenderOptions,
  items: readonly StoredObject[],
  meta: ListMeta,
): AsyncGenerator<Bytes> {
  const { types, output, breathe } = options;
  const encoded: Bytes[] = [];
  for (const [i, item] of items.entries()) {
    encoded.push(
      output.as === 'partial' ? encodeProtobuf(types, partialOf(item.object)) : encodedObject(options, item),
    );
    if (i % 64 === 63) await breathe();
  }
  const header = { ...headerOf(options, meta), metadata: meta as unknown as JsonObject };
  let pieces: Bytes[] = [];
  let size = 0;
  for (const piece of protobufListPieces(types, header, encoded)) {
    pieces.push(piece);
    size += piece.length;
    if (size < pieceBytes) continue;
    yield concatBytes(pieces);
    pieces = [];
    size = 0;
    await breathe();
  }
  yield concatBytes(pieces);
}
