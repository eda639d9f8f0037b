import { isStatus, StatusError } from '@trireme/api-machinery';
import { createDeferred, isJsonObject } from '@trireme/base';
import type { HttpTransport } from '@trireme/ports';
import { type ApiObject, apiVersionOf, type ObjectList, type ResourceRef } from '@trireme/schema';
import type { Status } from '@trireme/schema/types/meta/v1';
import type { ApiClient, ListOptions, Patch, ResourceClient, WatchEvent, WatchOptions } from './api-client.ts';
import { readLines } from './json-lines.ts';
import { type ApiClientOptions, createRequestSender, type RequestSender } from './request-sender.ts';
import { deleteBody, listQuery, objectPath, resourcePath, watchQuery, withQuery, writeQuery } from './resource-path.ts';
import { errorOfTransport } from './response-status.ts';

const patchTypes: Readonly<Record<Patch['type'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML, and every server since 1.16 knows this media type.
  apply: 'application/apply-patch+yaml',
};

/** A client of the API behind `transport`, speaking JSON. */
export function createApiClient(transport: HttpTransport, options: ApiClientOptions): ApiClient {
  const sender = createRequestSender(transport, options);
  return {
    resource: (ref) => createResourceClient(sender, ref),
    raw: (request) => transport.request(request),
  };
}

function createResourceClient<T extends ApiObject>(sender: RequestSender, ref: ResourceRef<T>): ResourceClient<T> {
  const list = async (options: ListOptions = {}): Promise<ObjectList<T>> => {
    const path = withQuery(resourcePath(ref, options.namespace), listQuery(options));
    return withTypes(await sender.json<ObjectList<T>>({ method: 'GET', path, signal: options.signal }), ref);
  };
  return {
    get: (target, options = {}) =>
      sender.json({
        method: 'GET',
        path: withQuery(objectPath(ref, target), { resourceVersion: options.resourceVersion }),
        signal: options.signal,
      }),
    list,
    listAll: (options = {}) => listAllPages(list, options),
    watch: (options) => watchStream<T>(sender, ref, options),
    create: (object, options = {}) => {
      const namespace = object.metadata.namespace ?? options.namespace;
      if (ref.namespaced && !namespace) throw new TypeError(`create ${ref.resource}: name a namespace for it.`);
      const path = withQuery(resourcePath(ref, namespace), writeQuery(options));
      return sender.json({ method: 'POST', path, body: object, signal: options.signal });
    },
    createSubresource: (target, subresource, body) =>
      sender.json({ method: 'POST', path: objectPath(ref, target, subresource), body }),
    update: (object, options = {}) => {
      const path = withQuery(objectPath(ref, object.metadata, options.subresource), writeQuery(options));
      return sender.json({ method: 'PUT', path, body: object, signal: options.signal });
    },
    patch: (target, patch, options = {}) => {
      const path = withQuery(objectPath(ref, target, options.subresource), writeQuery(options));
      const contentType = patchTypes[patch.type];
      return sender.json({ method: 'PATCH', path, body: patch.body, contentType, signal: options.signal });
    },
    delete: (target, options = {}) =>
      sender.json<T | Status>({
        method: 'DELETE',
        path: objectPath(ref, target),
        body: deleteBody(options),
        signal: options.signal,
      }),
    async deleteCollection(options) {
      const path = withQuery(resourcePath(ref, options.namespace), listQuery(options));
      await sender.json({ method: 'DELETE', path, body: deleteBody(options), signal: options.signal });
    },
  };
}

/** Items of a list carry no apiVersion and kind on the wire; everything that reads objects here relies on them. */
function withTypes<T extends ApiObject>(page: ObjectList<T>, ref: ResourceRef<T>): ObjectList<T> {
  const apiVersion = apiVersionOf(ref);
  const items = (page.items ?? []).map((item) => (item.kind ? item : { ...item, apiVersion, kind: ref.kind }));
  return { ...page, items };
}

/** Follows `continue`. Where a page's snapshot has expired on the way, the whole is asked for at once instead. */
export async function listAllPages<T extends ApiObject>(
  list: (options: ListOptions) => Promise<ObjectList<T>>,
  options: ListOptions,
): Promise<ObjectList<T>> {
  const limit = options.limit ?? 500;
  let page = await list({ ...options, limit });
  const items = [...page.items];
  while (page.metadata.continue) {
    try {
      page = await list({ ...options, limit, resourceVersion: undefined, continue: page.metadata.continue });
    } catch (error) {
      if (!isStatus(error, 'Expired') && !isStatus(error, 'Gone')) throw error;
      return list({ ...options, limit: undefined, continue: undefined });
    }
    items.push(...page.items);
  }
  return { ...page, items };
}

async function* watchStream<T extends ApiObject>(
  sender: RequestSender,
  ref: ResourceRef<T>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const path = withQuery(resourcePath(ref, options.namespace), watchQuery(options));
  const call = { method: 'GET', path, signal: options.signal };
  const response = await sender.open(call);
  const lines = readLines(response.body)[Symbol.asyncIterator]();
  const cancelled = createDeferred<'cancelled'>();
  const cancel = (): void => cancelled.resolve('cancelled');
  options.signal?.addEventListener('abort', cancel);
  try {
    for (;;) {
      const reading = lines.next().catch((error: unknown) => {
        throw errorOfTransport({ ...call, headers: {} }, error);
      });
      const next = await Promise.race([reading, cancelled.promise]);
      if (next === 'cancelled') {
        // Nobody waits for the rest, nor for the connection to notice.
        reading.catch(() => undefined);
        return;
      }
      if (next.done) return;
      yield parseEvent<T>(next.value, path);
    }
  } finally {
    options.signal?.removeEventListener('abort', cancel);
    void lines.return?.(undefined).catch(() => undefined);
  }
}

function parseEvent<T extends ApiObject>(line: string, path: string): WatchEvent<T> {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (error) {
    // A connection that broke inside an event: the watcher goes on from the last whole one.
    throw errorOfTransport({ method: 'GET', path, headers: {} }, error);
  }
  if (!isJsonObject(event) || !isJsonObject(event.object)) {
    throw errorOfTransport({ method: 'GET', path, headers: {} }, new Error('an event of an unknown form'));
  }
  if (event.type === 'ERROR') throw new StatusError(event.object as unknown as Status);
  return event as unknown as WatchEvent<T>;
}
