import type { Kind } from '@trireme/api';
import { type Bytes, concatBytes, type JsonObject, utf8 } from '@trireme/base';
import type { Body } from '@trireme/ports';
import { type ApiObject, apiVersionOf, encodeProtobuf, encodeWatchFrame, type TypeTable } from '@trireme/schema';
import type { ListMeta, Status } from '@trireme/schema/types/meta/v1';
import { fromStored } from '../registry/stored-form.ts';
import { mediaTypes, type Output } from '../request/negotiate.ts';
import { encodeObject } from '../request/respond.ts';
import type { StoredObject } from '../store/stored-object.ts';
import { renderList } from './render-list.ts';
import { type TableOptions, tableOf } from './table.ts';

/** Turns stored objects of one kind into the bytes that one request asked for. */
export interface Renderer {
  readonly contentType: string;
  readonly watchContentType: string;
  single(stored: StoredObject): Bytes;
  list(items: readonly StoredObject[], meta: ListMeta): Body;
  frame(type: 'ADDED' | 'MODIFIED' | 'DELETED', stored: StoredObject): Bytes;
  bookmark(revision: number, initialEventsEnd: boolean): Bytes;
  error(status: Status): Bytes;
}

export interface RenderOptions {
  readonly kind: Kind;
  readonly types: TypeTable;
  readonly output: Output;
  readonly table: TableOptions;
  /** Called between pieces of a long list, so that others get their turn. */
  readonly breathe: () => Promise<void>;
}

export function createRenderer(options: RenderOptions): Renderer {
  const { kind, types, output } = options;
  const single = (stored: StoredObject): Bytes => renderSingle(options, stored);
  const wrap = (type: string, bytes: Bytes): Bytes =>
    output.form === 'protobuf' ? encodeWatchFrame(type, bytes) : frameJson(type, bytes);
  const plain = (object: object): Bytes =>
    output.form === 'protobuf' ? encodeProtobuf(types, object as JsonObject) : utf8(JSON.stringify(object));
  const shared = output.as !== 'table' && output.form !== 'yaml';
  let tableHeadSent = false;
  return {
    contentType: mediaTypes[output.form],
    watchContentType: output.form === 'protobuf' ? `${mediaTypes.protobuf};stream=watch` : 'application/json',
    single,
    list: (items, meta) => renderList(options, items, meta),
    frame(type, stored) {
      if (!shared) {
        // A watcher of tables is told the columns once.
        const table = tableOf(kind, [stored], {}, { ...options.table, withoutHeader: tableHeadSent });
        tableHeadSent = true;
        return wrap(type, plain(table));
      }
      return lastFrames.frame(`${formOf(options)}`, type, stored, () => wrap(type, encodedObject(options, stored)));
    },
    bookmark: (revision, initialEventsEnd) =>
      wrap('BOOKMARK', plain(bookmarkObject(options, revision, initialEventsEnd))),
    error: (status) => wrap('ERROR', plain(status)),
  };
}

/** Names the bytes that a rendering gives, as far as they do not depend on the request. */
function formOf({ kind, output }: RenderOptions): string {
  return `${apiVersionOf(kind.ref)}:${output.form}:${output.as}`;
}

/** One object in the form that was asked for, made once per revision where that is worth its memory. */
export function encodedObject(options: RenderOptions, stored: StoredObject): Bytes {
  const { kind, types, output } = options;
  if (output.as === 'partial') {
    const partial = partialOf(stored.object);
    return output.form === 'protobuf' ? encodeProtobuf(types, partial) : utf8(JSON.stringify(partial));
  }
  if (output.form === 'protobuf') {
    return stored.encoded(formOf(options), (object) =>
      encodeProtobuf(types, versioned(kind, object) as unknown as JsonObject),
    );
  }
  if (isStoredVersion(kind, stored)) return stored.json;
  return utf8(JSON.stringify(versioned(kind, stored.object)));
}

function renderSingle(options: RenderOptions, stored: StoredObject): Bytes {
  const { kind, types, output } = options;
  if (output.as === 'table') return encodeObject({ output, types }, tableOf(kind, [stored], {}, options.table));
  if (output.form === 'protobuf' || (output.form === 'json' && !output.pretty)) return encodedObject(options, stored);
  const object = output.as === 'partial' ? partialOf(stored.object) : versioned(kind, stored.object);
  return encodeObject({ output, types }, object);
}

function isStoredVersion(kind: Kind, stored: StoredObject): boolean {
  return stored.isOf(kind.ref.kind, apiVersionOf(kind.ref));
}

/** The object as this kind's version shows it. */
function versioned(kind: Kind, object: ApiObject): ApiObject {
  return fromStored(kind, object);
}

export function partialOf(object: ApiObject): JsonObject {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata as unknown as JsonObject,
  };
}

function frameJson(type: string, object: Bytes): Bytes {
  const end = object.at(-1) === 10 ? object.subarray(0, -1) : object;
  return concatBytes([utf8(`{"type":"${type}","object":`), end, frameEnd]);
}

const frameEnd = utf8('}\n');

function bookmarkObject({ kind, output }: RenderOptions, revision: number, initialEventsEnd: boolean): object {
  const metadata = {
    resourceVersion: String(revision),
    ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
  };
  if (output.as === 'table') {
    const object = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    const rows = [{ cells: [], object }];
    return {
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: String(revision) },
      columnDefinitions: [],
      rows,
    };
  }
  if (output.as === 'partial') return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  return { kind: kind.ref.kind, apiVersion: apiVersionOf(kind.ref), metadata };
}

/**
 * Watchers of one resource are called one after the other for the same event, so remembering the last frame per form
 * shares it among all of them, and holds next to no memory.
 */
const lastFrames = createLastFrames();

function createLastFrames(): {
  frame(form: string, type: string, stored: StoredObject, make: () => Bytes): Bytes;
} {
  const last = new Map<string, { readonly type: string; readonly stored: StoredObject; readonly bytes: Bytes }>();
  return {
    frame(form, type, stored, make) {
      const known = last.get(form);
      if (known && known.stored === stored && known.type === type) return known.bytes;
      const bytes = make();
      if (last.size > 512) last.clear();
      last.set(form, { type, stored, bytes });
      return bytes;
    },
  };
}
