import type { Bytes } from '@trireme/base';
import { pageFlags, pageHeaderBytes, readUint64, viewOf, writePageHeader, writeUint64 } from './page-format.ts';

/** What the first two pages of a database say. Both say the same but for the transaction; the newer valid one counts. */
export interface Meta {
  readonly pageBytes: number;
  /** The page of the bucket of buckets. */
  readonly root: number;
  readonly freelist: number | undefined;
  /** The database ends before this page. */
  readonly endPage: number;
  readonly transaction: number;
}

const magic = 0xed0cdaed;
const formatVersion = 2;
/** The freelist's page when there is none on disk: then free is what no bucket reaches. */
const noFreelist = 0xffff_ffff;
const checkedBytes = 56;
/** The header and the meta behind it. */
export const metaBytes = pageHeaderBytes + 64;

export const smallestPageBytes = 512;
export const largestPageBytes = 16 << 20;

export function encodeMetaPage(meta: Meta): Bytes {
  const bytes = new Uint8Array(meta.pageBytes);
  const view = viewOf(bytes);
  writePageHeader(view, { id: meta.transaction % 2, flags: pageFlags.meta, count: 0, overflow: 0 });
  const at = pageHeaderBytes;
  view.setUint32(at, magic, true);
  view.setUint32(at + 4, formatVersion, true);
  view.setUint32(at + 8, meta.pageBytes, true);
  writeUint64(view, at + 16, meta.root);
  if (meta.freelist === undefined) {
    view.setUint32(at + 32, noFreelist, true);
    view.setUint32(at + 36, noFreelist, true);
  } else writeUint64(view, at + 32, meta.freelist);
  writeUint64(view, at + 40, meta.endPage);
  writeUint64(view, at + 48, meta.transaction);
  view.setBigUint64(at + 56, fnv64a(bytes.subarray(at, at + checkedBytes)), true);
  return bytes;
}

/** The meta in a page's first bytes; undefined where there is none that is whole. */
export function decodeMetaPage(bytes: Bytes): Meta | undefined {
  if (bytes.length < metaBytes) return undefined;
  const view = viewOf(bytes);
  const at = pageHeaderBytes;
  if (view.getUint32(at, true) !== magic || view.getUint32(at + 4, true) !== formatVersion) return undefined;
  if (view.getBigUint64(at + 56, true) !== fnv64a(bytes.subarray(at, at + checkedBytes))) return undefined;
  const pageBytes = view.getUint32(at + 8, true);
  const root = readUint64(view, at + 16);
  const endPage = readUint64(view, at + 40);
  const transaction = readUint64(view, at + 48);
  if (root === undefined || endPage === undefined || transaction === undefined) return undefined;
  const powerOfTwo = (pageBytes & (pageBytes - 1)) === 0;
  if (!powerOfTwo || pageBytes < smallestPageBytes || pageBytes > largestPageBytes) return undefined;
  return { pageBytes, root, freelist: readUint64(view, at + 32), endPage, transaction };
}

/** FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function fnv64a(bytes: Bytes): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
