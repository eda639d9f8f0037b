import type { Kind } from '@trireme/api';
import { deletedStatus, isStatus, statusErrors } from '@trireme/api-machinery';
import type { HttpResponse } from '@trireme/ports';
import type { ApiObject, GroupVersionKind } from '@trireme/schema';
import type { DeleteOptions } from '@trireme/schema/types/meta/v1';
import { storageRef } from '../registry/stored-form.ts';
import { bodyOf, contentTypeOf, decodeBody, decodeBytes, fieldValidationOf } from '../request/body.ts';
import type { RequestContext } from '../request/context.ts';
import { headersFor, respondObject } from '../request/respond.ts';
import type { ServerCore } from '../server-core.ts';
import type { StoredObject } from '../store/stored-object.ts';
import { readPatch } from './patch-object.ts';
import { rendererOf } from './read-handlers.ts';
import { selectionOf } from './selection.ts';
import { isDryRun, writeContextOf } from './write-context.ts';

/** Where a handler works: a kind, on itself or one of its subresources that has the same form. */
export interface Served {
  readonly core: ServerCore;
  readonly kind: Kind;
  readonly subresource: string;
}

export async function handleCreate({ core, kind }: Served, context: RequestContext): Promise<HttpResponse> {
  const { namespace } = context.info;
  const object = placeObject(kind, await readObject(core, kind, context), namespace, undefined);
  const stored = await core.registry.create(kind, namespace, object, writeContextOf(context));
  return respondStored(core, kind, context, 201, stored);
}

export async function handleUpdate(
  { core, kind, subresource }: Served,
  context: RequestContext,
): Promise<HttpResponse> {
  const { namespace, name } = context.info;
  const object = placeObject(kind, await readObject(core, kind, context), namespace, name);
  const written = await core.registry.update({
    kind,
    namespace: namespaceOf(kind, namespace),
    name,
    subresource,
    context: writeContextOf(context),
    change: () => object,
    createMissing: kind.createOnUpdate && subresource === '' ? () => object : undefined,
  });
  return respondStored(core, kind, context, written.created ? 201 : 200, required(written.after));
}

export async function handlePatch({ core, kind, subresource }: Served, context: RequestContext): Promise<HttpResponse> {
  const { namespace, name } = context.info;
  const target = { kind, typeId: kind.typeId, types: core.types, subresource, nowMs: context.nowMs };
  const patch = await readPatch(context, target);
  const placed = (object: ApiObject): ApiObject => {
    const named = object.metadata.name ? object : { ...object, metadata: { ...object.metadata, name } };
    return placeObject(kind, named, namespace, name);
  };
  const { fresh } = patch;
  const written = await core.registry.update({
    kind,
    namespace: namespaceOf(kind, namespace),
    name,
    subresource,
    context: writeContextOf(context),
    change: (current) => placed(patch.change(current)),
    createMissing: fresh && subresource === '' ? () => placed(fresh()) : undefined,
    tracked: patch.isApply,
  });
  return respondStored(core, kind, context, written.created ? 201 : 200, required(written.after));
}

export async function handleDelete({ core, kind }: Served, context: RequestContext): Promise<HttpResponse> {
  const { namespace, name } = context.info;
  const options = await deleteOptionsOf(core, context);
  const target = { kind, namespace: namespaceOf(kind, namespace), name };
  const write = {
    ...writeContextOf(context),
    dryRun: isDryRun([...context.query.getAll('dryRun'), ...(options.dryRun ?? [])]),
  };
  const { after, gone } = await core.registry.delete(target, options, write);
  const object = required(after);
  if (!gone) return respondStored(core, kind, context, 200, object);
  // Kinds that end gracefully answer with the object they were, the others with a Status.
  if (kind.graceful || kind.ref.resource === 'services') return respondStored(core, kind, context, 200, object);
  const status = deletedStatus(kind.ref, name, object.object.metadata.uid);
  return respondObject({ output: plain(context), types: core.types, warnings: context.warnings }, 200, status);
}

export async function handleDeleteCollection({ core, kind }: Served, context: RequestContext): Promise<HttpResponse> {
  const { namespace } = context.info;
  const options = await deleteOptionsOf(core, context);
  const write = {
    ...writeContextOf(context),
    dryRun: isDryRun([...context.query.getAll('dryRun'), ...(options.dryRun ?? [])]),
  };
  await core.feed.whenCurrent();
  const selection = selectionOf(kind, namespace, context.query);
  const chosen = core.feed
    .cache(storageRef(kind))
    .list(selection.prefix)
    .filter((stored) => selection.matches(stored));
  for (const { object } of chosen) {
    const target = { kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' };
    try {
      await core.registry.delete(target, options, write);
    } catch (error) {
      // Someone else was faster.
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }
  const items = chosen.map((stored) => stored.object);
  const list = {
    kind: kind.listKind,
    apiVersion: items[0]?.apiVersion ?? apiVersion(kind),
    metadata: { resourceVersion: String(core.feed.revision) },
    items,
  };
  return respondObject({ output: plain(context), types: core.types, warnings: context.warnings }, 200, list);
}

function apiVersion(kind: Kind): string {
  return kind.ref.group === '' ? kind.ref.version : `${kind.ref.group}/${kind.ref.version}`;
}

function plain(context: RequestContext): RequestContext['output'] {
  return { ...context.output, as: 'object' };
}

export function namespaceOf(kind: Kind, namespace: string): string {
  return kind.ref.namespaced ? namespace : '';
}

function required(stored: StoredObject | undefined): StoredObject {
  if (!stored) throw statusErrors.internalError('the write left no object behind');
  return stored;
}

export function respondStored(
  core: ServerCore,
  kind: Kind,
  context: RequestContext,
  status: number,
  stored: StoredObject,
): HttpResponse {
  const renderer = rendererOf(core, kind, context);
  const shown = { output: context.output, warnings: context.warnings };
  return { status, headers: headersFor(shown), body: renderer.single(stored), compressible: true };
}

async function readObject(core: ServerCore, kind: Kind, context: RequestContext): Promise<ApiObject> {
  const decoded = await decodeBody(context.request, {
    types: core.types,
    typeId: kind.typeId,
    gvk: kind.ref,
    validation: fieldValidationOf(context.query),
    warnings: context.warnings,
  });
  return decoded as unknown as ApiObject;
}

/** The object as it lies where the path points; it may leave out its namespace, but not name another. */
function placeObject(kind: Kind, object: ApiObject, namespace: string, name: string | undefined): ApiObject {
  const { metadata } = object;
  const { namespaced } = kind.ref;
  if (namespaced && metadata.namespace && metadata.namespace !== namespace) {
    throw statusErrors.badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  if (name !== undefined && !metadata.name) throw statusErrors.badRequest('name must be provided');
  if (name !== undefined && metadata.name !== name) {
    throw statusErrors.badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (!namespaced || metadata.namespace) return object;
  return { ...object, metadata: { ...metadata, namespace } };
}

const deleteOptionsGvk: GroupVersionKind = { group: '', version: 'v1', kind: 'DeleteOptions' };

/** From the body, or where there is none from the query. Every group version has DeleteOptions, and clients name any. */
export async function deleteOptionsOf(core: ServerCore, context: RequestContext): Promise<DeleteOptions> {
  const bytes = await bodyOf(context.request);
  if (bytes.length === 0) return fromQuery(context.query);
  const form = contentTypeOf(context.request).endsWith('protobuf') ? 'protobuf' : 'json';
  const typeId = deleteOptionsTypeId(core);
  const target = { types: core.types, typeId, gvk: deleteOptionsGvk, validation: 'Ignore' as const, warnings: [] };
  return decodeBytes(bytes, form, { ...target, anyVersion: true }) as unknown as DeleteOptions;
}

function deleteOptionsTypeId(core: ServerCore): string {
  const id = core.types.typeIds.find((candidate) => candidate.endsWith('.meta.v1.DeleteOptions'));
  if (!id) throw statusErrors.internalError('the schema does not know DeleteOptions');
  return id;
}

function fromQuery(query: URLSearchParams): DeleteOptions {
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  return {
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(policy !== null && { propagationPolicy: policy }),
    ...(query.get('orphanDependents') !== null && { orphanDependents: query.get('orphanDependents') === 'true' }),
  } as DeleteOptions;
}
