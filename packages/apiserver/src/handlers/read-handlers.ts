import type { Kind } from '@trireme/api';
import {
  listRevision,
  parseIncludeObject,
  parseResourceVersion,
  statusErrors,
  validateListOptions,
} from '@trireme/api-machinery';
import type { HttpResponse } from '@trireme/ports';
import { storageRef } from '../registry/stored-form.ts';
import type { RequestContext } from '../request/context.ts';
import { isTrue } from '../request/request-info.ts';
import { headersFor } from '../request/respond.ts';
import type { ServerCore } from '../server-core.ts';
import { objectKey } from '../store/keys.ts';
import { createBreather } from './breather.ts';
import { readPage } from './list-page.ts';
import { createRenderer, type Renderer } from './render.ts';
import { selectionOf } from './selection.ts';
import { createWatchStream } from './watch-stream.ts';
import { namespaceOf, respondStored, type Served } from './write-handlers.ts';

export function rendererOf(core: ServerCore, kind: Kind, context: RequestContext): Renderer {
  const includeObject = parseIncludeObject(context.query.get('includeObject') ?? undefined);
  if (!includeObject)
    throw statusErrors.badRequest(`unrecognized includeObject value: "${context.query.get('includeObject')}"`);
  return createRenderer({
    kind,
    types: core.types,
    output: context.output,
    table: { nowMs: context.nowMs, includeObject },
    breathe: createBreather(core.time),
  });
}

export async function handleGet({ core, kind }: Served, context: RequestContext): Promise<HttpResponse> {
  const { namespace, name } = context.info;
  const at = context.query.get('resourceVersion') ?? '';
  const place = namespaceOf(kind, namespace);
  let stored = undefined as Awaited<ReturnType<typeof core.store.read>>;
  if (at !== '') {
    // Any version that is new enough will do, which the cache has at once.
    const revision = parseResourceVersion(at);
    await core.feed.whenAt(revision);
    stored = core.feed.cache(storageRef(kind)).get(objectKey(storageRef(kind), place, name));
  } else stored = await core.store.read(storageRef(kind), place, name);
  if (!stored) throw statusErrors.notFound(kind.ref, name);
  return respondStored(core, kind, context, 200, stored);
}

export async function handleList({ core, kind }: Served, context: RequestContext): Promise<HttpResponse> {
  const { query, info } = context;
  const options = {
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    continue: query.get('continue') ?? '',
    ...(query.has('sendInitialEvents') && { sendInitialEvents: isTrue(query.get('sendInitialEvents')) }),
  };
  refuseInvalid(validateListOptions(options));
  const limit = limitOf(query.get('limit'));
  const selection = selectionOf(kind, info.namespace, query);
  const page = await readPage(core, kind, selection, {
    at: listRevision(options, limit > 0),
    limit,
    token: options.continue,
    breathe: createBreather(core.time),
  });
  const renderer = rendererOf(core, kind, context);
  return {
    status: 200,
    headers: headersFor({ output: context.output, warnings: context.warnings }),
    body: renderer.list(page.items, page.meta),
    compressible: true,
  };
}

function limitOf(text: string | null): number {
  if (text === null || text === '') return 0;
  const limit = Number(text);
  if (!Number.isSafeInteger(limit)) {
    throw statusErrors.badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  }
  return Math.max(0, limit);
}

function refuseInvalid(errors: ReturnType<typeof validateListOptions>): void {
  if (errors.length === 0) return;
  throw statusErrors.invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}

const defaultTimeoutSeconds = 1800;
const watchBufferBytes = 8 * 1024 * 1024;

export async function handleWatch({ core, kind }: Served, context: RequestContext): Promise<HttpResponse> {
  const { query, info, request } = context;
  const resourceVersion = query.get('resourceVersion') ?? '';
  const sendsInitial = query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined;
  refuseInvalid(
    validateListOptions({
      watch: true,
      resourceVersion,
      resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
      ...(sendsInitial !== undefined && { sendInitialEvents: sendsInitial }),
    }),
  );
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  if (sendsInitial && !bookmarks) throw bookmarksNeeded();
  const selection = selectionOf(kind, info.namespace, query, info.name);
  const revision = parseResourceVersion(resourceVersion);
  if (resourceVersion === '') await core.feed.whenCurrent();
  else await core.feed.whenAt(revision);
  const cache = core.feed.cache(storageRef(kind));
  // From here to the subscription nothing may wait: the snapshot and the events after it must fit together.
  const startsWithState = sendsInitial ?? revision === 0;
  const now = core.feed.revision;
  const initial = startsWithState ? cache.list(selection.prefix).filter((stored) => selection.matches(stored)) : [];
  const renderer = rendererOf(core, kind, context);
  const body = createWatchStream({
    cache,
    selection,
    renderer,
    time: core.time,
    fromRevision: startsWithState || resourceVersion === '' ? now : revision,
    initial,
    initialEventsEnd: sendsInitial ? now : undefined,
    bookmarks,
    timeoutMs: timeoutOf(query.get('timeoutSeconds'), core) * 1000,
    currentRevision: () => core.feed.revision,
    bufferBytes: watchBufferBytes,
    breathe: createBreather(core.time),
    signal: request.signal,
  });
  return {
    status: 200,
    headers: {
      ...headersFor({ output: context.output, warnings: context.warnings }),
      'content-type': renderer.watchContentType,
    },
    body,
  };
}

function bookmarksNeeded(): Error {
  const detail = 'sendInitialEvents requires allowWatchBookmarks to be set';
  return statusErrors.invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
    { type: 'FieldValueForbidden', field: 'allowWatchBookmarks', detail },
  ]);
}

/** Without a wish, somewhere between half an hour and an hour, so that many watches do not end together. */
function timeoutOf(text: string | null, core: ServerCore): number {
  const wanted = Number(text ?? 0);
  if (wanted > 0 && Number.isFinite(wanted)) return wanted;
  return defaultTimeoutSeconds * (1 + core.random.float());
}
