import type { Kind } from '@trireme/api';
import { decodeContinue, encodeContinue, type ListRevision, statusErrors } from '@trireme/api-machinery';
import { fromUtf8, utf8 } from '@trireme/base';
import { KvError, prefixEnd } from '@trireme/ports';
import type { ListMeta } from '@trireme/schema/types/meta/v1';
import { storageRef } from '../registry/stored-form.ts';
import type { ServerCore } from '../server-core.ts';
import { resourcePrefix } from '../store/keys.ts';
import { StoredObject } from '../store/stored-object.ts';
import type { Selection } from './selection.ts';

export interface PageRequest {
  readonly at: ListRevision;
  /** 0: no limit. */
  readonly limit: number;
  /** From the page before; '' for the first. */
  readonly token: string;
  readonly breathe: () => Promise<void>;
}

export interface Page {
  readonly items: readonly StoredObject[];
  readonly meta: ListMeta;
}

/** One page of a list, all of it as of one revision. */
export async function readPage(
  core: ServerCore,
  kind: Kind,
  selection: Selection,
  request: PageRequest,
): Promise<Page> {
  if (request.token !== '') return await continued(core, kind, selection, request);
  const { at } = request;
  if (at.type === 'exact') return await fromStore(core, kind, selection, request, at.revision, selection.prefix);
  if (at.type === 'newest') await core.feed.whenCurrent();
  if (at.type === 'at-least') await core.feed.whenAt(at.revision);
  if (at.type === 'any') await core.feed.whenReady();
  const revision = core.feed.revision;
  const all = core.feed.cache(storageRef(kind)).list(selection.prefix);
  return await pageOf(kind, selection, request, all, revision);
}

async function continued(core: ServerCore, kind: Kind, selection: Selection, request: PageRequest): Promise<Page> {
  const { revision, startKey } = decodeContinue(request.token);
  const from = resourcePrefix(storageRef(kind)) + startKey;
  if (!from.startsWith(selection.prefix)) {
    throw statusErrors.badRequest(`continue key is not valid: ${startKey}`);
  }
  const cache = core.feed.cache(storageRef(kind));
  if (revision > 0 && !(core.feed.revision >= revision && cache.changeRevision <= revision)) {
    return await fromStore(core, kind, selection, request, revision, from);
  }
  // The resource has not changed since, so the cache still shows that revision; -1 asks for whatever is newest.
  const at = revision > 0 ? revision : await core.feed.whenCurrent();
  const rest = cache.list(selection.prefix).filter((stored) => stored.key >= from);
  return await pageOf(kind, selection, request, rest, at);
}

async function pageOf(
  kind: Kind,
  selection: Selection,
  { limit, breathe }: PageRequest,
  all: readonly StoredObject[],
  revision: number,
): Promise<Page> {
  const items: StoredObject[] = [];
  for (let i = 0; i < all.length; i++) {
    const stored = all[i] as StoredObject;
    if (limit > 0 && items.length === limit) {
      return { items, meta: moreMeta(kind, selection, revision, stored.key, all.length - i) };
    }
    if (selection.matches(stored)) items.push(stored);
    if (!selection.everything && i % 256 === 255) await breathe();
  }
  return { items, meta: { resourceVersion: String(revision) } };
}

function moreMeta(kind: Kind, selection: Selection, revision: number, nextKey: string, remaining: number): ListMeta {
  const startKey = nextKey.slice(resourcePrefix(storageRef(kind)).length);
  return {
    resourceVersion: String(revision),
    continue: encodeContinue({ revision, startKey }),
    // With a selector nobody knows how many of the rest match.
    ...(selection.everything && { remainingItemCount: remaining }),
  };
}

/** Straight from the store's history, for revisions that the caches have left behind. */
async function fromStore(
  core: ServerCore,
  kind: Kind,
  selection: Selection,
  request: PageRequest,
  revision: number,
  from: string,
): Promise<Page> {
  const { limit } = request;
  const items: StoredObject[] = [];
  const end = prefixEnd(utf8(selection.prefix));
  let start = utf8(from);
  for (;;) {
    const page = await readRange(core, request, kind, {
      key: start,
      rangeEnd: end,
      revision,
      limit: limit > 0 ? limit + 1 : 1000,
    });
    let left = page.count;
    for (const kv of page.kvs) {
      const stored = new StoredObject(fromUtf8(kv.key), kv.modRevision, kv.value);
      if (limit > 0 && items.length === limit) {
        return { items, meta: moreMeta(kind, selection, revision, stored.key, left) };
      }
      if (selection.matches(stored)) items.push(stored);
      left--;
    }
    const last = page.kvs.at(-1);
    if (!page.more || !last) return { items, meta: { resourceVersion: String(revision) } };
    start = new Uint8Array([...last.key, 0]);
    await request.breathe();
  }
}

async function readRange(
  core: ServerCore,
  request: PageRequest,
  kind: Kind,
  range: Parameters<ServerCore['kv']['range']>[0],
): ReturnType<ServerCore['kv']['range']> {
  try {
    return await core.kv.range(range);
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    if (error.code === 'compacted') {
      if (request.token === '') throw statusErrors.listExpired();
      const startKey = fromUtf8(range.key).slice(resourcePrefix(storageRef(kind)).length);
      throw statusErrors.continueExpired(encodeContinue({ revision: -1, startKey }));
    }
    if (error.code === 'future-revision') {
      throw statusErrors.resourceVersionTooLarge(String(range.revision), String(core.feed.revision));
    }
    throw error;
  }
}
