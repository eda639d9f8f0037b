import { failedDeletePrecondition, StatusError, statusErrors } from '@trireme/api-machinery';
import { cloneJson, equalJson } from '@trireme/base';
import type { Clock, Random } from '@trireme/ports';
import { type ApiObject, apiVersionOf, type ObjectList, type ResourceRef } from '@trireme/schema';
import type {
  ApiClient,
  DeleteCallOptions,
  ListOptions,
  ResourceClient,
  Target,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../api-client.ts';
import { isRemovable, prepareCreate, prepareDelete, prepareUpdate } from './fake-lifecycle.ts';
import { applyFakePatch } from './fake-patch.ts';
import { isSelected } from './fake-selector.ts';
import { createFakeStore, type FakeStore } from './fake-store.ts';

/** A request as an interceptor sees it, before it takes effect. */
export interface FakeRequest {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  readonly ref: ResourceRef<ApiObject>;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/**
 * An API in memory, for tests of what sits on a client: versions, watches, generated names, preconditions, finalizers,
 * graceful deletion of pods, namespaces that terminate. It validates and defaults nothing.
 */
export interface FakeApi extends ApiClient {
  readonly store: FakeStore;
  /** Every request so far, newest last: 'create pods default/web-1'. Reads are not in it. */
  readonly writes: readonly string[];
  /** Called before each request; what it throws is the request's answer. Undefined lets everything through. */
  intercept: ((request: FakeRequest) => void | Promise<void>) | undefined;
}

interface World {
  readonly store: FakeStore;
  readonly clock: Clock;
  readonly random: Random;
  enter(
    verb: FakeRequest['verb'],
    ref: ResourceRef<ApiObject>,
    target: { readonly name?: string | undefined; readonly namespace?: string | undefined },
    subresource?: string,
  ): Promise<void>;
}

export function createFakeApi(deps: { readonly time: Clock; readonly random: Random }): FakeApi {
  const writes: string[] = [];
  const store = createFakeStore();
  const world: World = {
    store,
    clock: deps.time,
    random: deps.random,
    async enter(verb, ref, target, subresource) {
      const { name, namespace } = target;
      // A turn of its own for each request: callers see their promises settle later, as over a network.
      await Promise.resolve();
      await api.intercept?.({ verb, ref, namespace, name, subresource });
      if (verb === 'get' || verb === 'list' || verb === 'watch') return;
      const resource = subresource ? `${ref.resource}/${subresource}` : ref.resource;
      writes.push(`${verb} ${resource} ${namespace ? `${namespace}/` : ''}${name ?? ''}`);
    },
  };
  const api: FakeApi = {
    store,
    writes,
    intercept: undefined,
    resource: <T extends ApiObject>(ref: ResourceRef<T>) => createFakeResource(world, ref),
    raw: () => Promise.reject(new TypeError('the fake API answers no raw requests')),
  };
  return api;
}

function createFakeResource<T extends ApiObject>(world: World, ref: ResourceRef<T>): ResourceClient<T> {
  const { store, clock, random } = world;
  // The tables hold what was put in under this very resource.
  const typed = (object: ApiObject): T => object as T;
  const mustGet = ({ name, namespace }: Target): T => {
    const found = store.get(ref, namespace && ref.namespaced ? `${namespace}/${name}` : name);
    if (!found) throw statusErrors.notFound(ref, name);
    return typed(found);
  };
  const list = async (options: ListOptions = {}): Promise<ObjectList<T>> => {
    await world.enter('list', ref, { namespace: options.namespace });
    const items = store.list(ref).filter((object) => isSelected(object, options));
    const metadata = { resourceVersion: String(store.resourceVersion) };
    return { apiVersion: apiVersionOf(ref), kind: `${ref.kind}List`, metadata, items: items.map(typed) };
  };
  const write = (next: ApiObject, old: ApiObject, subresource: string | undefined): T => {
    const expected = next.metadata.resourceVersion;
    if (expected && expected !== old.metadata.resourceVersion) throw statusErrors.staleObject(ref, old.metadata.name);
    const prepared = cloneJson(prepareUpdate(next, old, subresource));
    if (prepared.metadata.deletionTimestamp && isRemovable(prepared)) {
      if (!prepared.metadata.deletionGracePeriodSeconds) return typed(store.remove(ref, prepared));
    }
    return equalJson(prepared, old) ? typed(old) : typed(store.put(ref, prepared));
  };
  const remove = (target: Target, options: DeleteCallOptions): T => {
    const old = mustGet(target);
    const refused = failedDeletePrecondition(options, old.metadata);
    if (refused) throw statusErrors.conflict(ref, target.name, refused);
    const marked = prepareDelete(old, options, clock.now());
    if (!marked) return typed(store.remove(ref, old));
    return equalJson(marked, old) ? old : typed(store.put(ref, marked));
  };
  return {
    async get(target) {
      await world.enter('get', ref, target);
      return mustGet(target);
    },
    list,
    listAll: list,
    watch: (options) => fakeWatch(world, ref, options, typed),
    async create(object, options: WriteOptions = {}) {
      const namespace = ref.namespaced ? (object.metadata.namespace ?? options.namespace) : undefined;
      await world.enter('create', ref, { name: object.metadata.name || object.metadata.generateName, namespace });
      const made = cloneJson(prepareCreate(object, namespace, clock.now(), random));
      const { name } = made.metadata;
      if (store.get(ref, namespace ? `${namespace}/${name}` : name)) throw statusErrors.alreadyExists(ref, name);
      return typed(store.put(ref, made));
    },
    async createSubresource<Body extends object, Answer>(target: Target, subresource: string, body: Body) {
      await world.enter('create', ref, target, subresource);
      if (subresource !== 'binding') throw new TypeError(`the fake API has no ${ref.resource}/${subresource}`);
      const pod = mustGet(target) as T & { readonly spec?: object };
      const nodeName = (body as { readonly target?: Target }).target?.name;
      store.put(ref, { ...pod, spec: { ...pod.spec, nodeName } } as T);
      return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success', code: 201 } as Answer;
    },
    async update(object, options = {}) {
      await world.enter('update', ref, object.metadata, options.subresource);
      const old = mustGet(object.metadata);
      const { uid } = object.metadata;
      if (uid && uid !== old.metadata.uid) throw statusErrors.staleObject(ref, object.metadata.name);
      return write(object, old, options.subresource);
    },
    async patch(target, patch, options = {}) {
      await world.enter('patch', ref, target, options.subresource);
      const old = mustGet(target);
      const next = applyFakePatch(old, patch);
      if (next.metadata.uid !== old.metadata.uid) throw statusErrors.staleObject(ref, target.name);
      return write(next, old, options.subresource);
    },
    async delete(target, options = {}) {
      await world.enter('delete', ref, target);
      return remove(target, options);
    },
    async deleteCollection(options) {
      await world.enter('delete', ref, { namespace: options.namespace });
      const { uid: _, resourceVersion: __, ...rest } = options;
      for (const object of store.list(ref)) if (isSelected(object, options)) remove(object.metadata, rest);
    },
  };
}

/** Objects that come into a selection are told as ADDED, and those that leave it as DELETED. */
async function* fakeWatch<T extends ApiObject>(
  world: World,
  ref: ResourceRef<T>,
  options: WatchOptions,
  typed: (object: ApiObject) => T,
): AsyncGenerator<WatchEvent<T>> {
  await world.enter('watch', ref, { namespace: options.namespace });
  const from = Number(options.resourceVersion ?? world.store.resourceVersion);
  const queue = world.store.watch(ref, from, options.signal);
  if (!queue) throw new StatusError(expiredStatus(from));
  const shown = new Set<string>();
  for await (const { type, object } of queue) {
    const uid = object.metadata.uid ?? '';
    if (type === 'BOOKMARK') yield { type, object: typed(object) };
    else if (type !== 'DELETED' && isSelected(object, options)) {
      shown.add(uid);
      yield { type, object: typed(object) };
    } else if (
      type === 'DELETED' ? isSelected(object, options) || shown.has(uid) : shown.has(uid) || type === 'MODIFIED'
    ) {
      // A change of what was never shown is told as a deletion too: the reader does not know it, and drops it.
      shown.delete(uid);
      yield { type: 'DELETED', object: typed(object) };
    }
  }
}

function expiredStatus(from: number) {
  const message = `too old resource version: ${from}`;
  return {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    reason: 'Expired',
    code: 410,
    message,
  } as const;
}
