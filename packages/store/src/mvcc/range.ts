import { compareBytes, emptyBytes } from '@trireme/base';
import type { Header, KeyValue, RangeRequest, RangeResponse, Revision } from '@trireme/ports';
import { keyText, textRange } from './key-text.ts';
import type { SortedKeys } from './sorted-keys.ts';
import { type KeyEntry, liveAt } from './version.ts';

/** Reads a checked request at `revision`. */
export function readRange(
  keys: SortedKeys<KeyEntry>,
  request: RangeRequest,
  revision: Revision,
  header: Header,
): RangeResponse {
  if (request.rangeEnd === undefined || request.rangeEnd.length === 0) return readOne(keys, request, revision, header);
  const limit = request.limit && request.limit > 0 ? request.limit : Number.MAX_SAFE_INTEGER;
  const { sort } = request;
  const byKey = sort === undefined || (sort.by === 'key' && !sort.descending);
  let kvs: KeyValue[] = [];
  let count = 0;
  let matching = 0;
  keys.visit(textRange(request), (entry) => {
    const kv = liveAt(entry, revision);
    if (!kv) return undefined;
    count += 1;
    if (request.countOnly || !passesFilters(request, kv)) return undefined;
    matching += 1;
    // In key order the first ones are the answer; in any other, all must be seen.
    if (!byKey || matching <= limit) kvs.push(kv);
    return undefined;
  });
  if (sort && !byKey) {
    const direction = sort.descending ? -1 : 1;
    kvs.sort((a, b) => compareBy[sort.by](a, b) * direction);
  }
  if (kvs.length > limit) kvs = kvs.slice(0, limit);
  if (request.keysOnly) kvs = kvs.map(withoutValue);
  return { header, kvs, more: matching > limit, count };
}

/** The one key is what is read most. */
function readOne(keys: SortedKeys<KeyEntry>, request: RangeRequest, revision: Revision, header: Header): RangeResponse {
  const entry = keys.get(keyText(request.key));
  const kv = entry && liveAt(entry, revision);
  if (!kv) return { header, kvs: [], more: false, count: 0 };
  if (request.countOnly || !passesFilters(request, kv)) return { header, kvs: [], more: false, count: 1 };
  return { header, kvs: [request.keysOnly ? withoutValue(kv) : kv], more: false, count: 1 };
}

function passesFilters(request: RangeRequest, kv: KeyValue): boolean {
  const { minModRevision = 0, maxModRevision = 0, minCreateRevision = 0, maxCreateRevision = 0 } = request;
  return (
    kv.modRevision >= minModRevision &&
    (maxModRevision === 0 || kv.modRevision <= maxModRevision) &&
    kv.createRevision >= minCreateRevision &&
    (maxCreateRevision === 0 || kv.createRevision <= maxCreateRevision)
  );
}

function withoutValue(kv: KeyValue): KeyValue {
  const { key, createRevision, modRevision, version, lease } = kv;
  return { key, value: emptyBytes, createRevision, modRevision, version, lease };
}

const compareBy: Record<'key' | 'version' | 'create' | 'mod' | 'value', (a: KeyValue, b: KeyValue) => number> = {
  key: (a, b) => compareBytes(a.key, b.key),
  version: (a, b) => a.version - b.version,
  create: (a, b) => a.createRevision - b.createRevision,
  mod: (a, b) => a.modRevision - b.modRevision,
  value: (a, b) => compareBytes(a.value, b.value),
};
