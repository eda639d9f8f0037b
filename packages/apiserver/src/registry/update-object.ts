import type { Kind } from '@trireme/api';
import type { FieldError } from '@trireme/api-machinery';
import {
  fieldPath,
  fillForUpdate,
  semanticEqual,
  statusErrors,
  timeText,
  validateObjectMetaUpdate,
  withGeneration,
} from '@trireme/api-machinery';
import type { ApiObject } from '@trireme/schema';
import type { Decision, Written } from '../store/object-store.ts';
import type { StoredObject } from '../store/stored-object.ts';
import { allocate, createObject } from './create-object.ts';
import { withOwners } from './field-tracker.ts';
import type { RegistryDeps, UpdateRequest } from './registry.ts';
import { fromStored, toStored, writeTarget } from './stored-form.ts';

/** Changes an object through `change`, guarded by the revision it was computed from. */
export async function updateObject(
  deps: RegistryDeps,
  request: UpdateRequest,
): Promise<Written & { readonly created: boolean }> {
  const { kind, namespace, name, context } = request;
  let gone = false;
  try {
    const written = await deps.store.write(writeTarget(kind, namespace, name, context.dryRun), async (current) => {
      if (!current) throw new MissingError();
      const decision = await decide(deps, request, current);
      gone = decision.type === 'remove';
      return decision;
    });
    return { ...written, after: gone ? (written.after ?? written.before) : written.after, created: false };
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    if (!request.createMissing) throw statusErrors.notFound(kind.ref, name);
    // What an apply creates has its owner already.
    const creation = request.tracked ? { ...context, fieldManager: undefined } : context;
    const after = await createObject(deps, kind, namespace, await request.createMissing(), creation);
    return { before: undefined, after, created: true };
  }
}

class MissingError extends Error {}

async function decide(deps: RegistryDeps, request: UpdateRequest, stored: StoredObject): Promise<Decision> {
  const { kind, context, subresource } = request;
  const old = kind.defaults(fromStored(kind, stored.object));
  const changed = await request.change(old);
  const given = changed.metadata.resourceVersion;
  if (given && given !== '0' && given !== old.metadata.resourceVersion) {
    throw statusErrors.staleObject(kind.ref, request.name);
  }
  const uid = changed.metadata.uid;
  if (uid && uid !== old.metadata.uid) {
    const message = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`;
    throw statusErrors.conflict(kind.ref, request.name, message);
  }
  const admission = {
    operation: 'UPDATE' as const,
    kind,
    subresource,
    namespace: request.namespace,
    name: request.name,
    user: context.user,
    old,
    dryRun: context.dryRun ?? false,
    warnings: context.warnings,
  };
  const filled = fillForUpdate(withResourceVersion(kind.defaults(changed), old), old);
  const mutated = await deps.admission.mutate({ ...admission, object: filled });
  const prepareIt = (object: ApiObject) => (request.trusted ? object : prepare(kind, object, old, subresource));
  const prepared = prepareIt(kind.defaults(mutated));
  // As at creation: what admission and the allocators add belongs to nobody.
  const owned = track(deps, request, mutated === filled ? prepared : prepareIt(filled), old);
  const found: FieldError[] = [];
  const { object: allocated, also } =
    subresource === '' ? await allocate(deps, kind, prepared, old, found, context) : { object: prepared };
  const counted = countGeneration(kind, allocated, old);
  if (!request.trusted) validateChange(kind, counted, old, subresource, found);
  context.warnings.push(...(kind.warnings?.(counted, old) ?? []));
  await deps.admission.validate({ ...admission, object: counted });
  const object = withOwners(counted, owned);
  if (isFinished(object)) return { type: 'remove', also };
  return { type: 'put', object: toStored(kind, object), also };
}

function withResourceVersion(object: ApiObject, old: ApiObject): ApiObject {
  const { resourceVersion = '' } = old.metadata;
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

type WithStatus = ApiObject & { readonly status?: unknown };

function prepare(kind: Kind, object: ApiObject, old: ApiObject, subresource: string): ApiObject {
  if (subresource === 'status') {
    const { ownerReferences: _own, ...metadata } = object.metadata;
    const { ownerReferences } = old.metadata;
    const status = (object as WithStatus).status;
    const { status: _old, ...rest } = old as WithStatus;
    const merged = {
      ...rest,
      metadata: { ...metadata, ...(ownerReferences && { ownerReferences }) },
      ...(status !== undefined && { status }),
    } as ApiObject;
    return kind.prepareForStatusUpdate?.(merged, old) ?? merged;
  }
  if (subresource !== '') return kind.subresources?.[subresource]?.prepare(object, old) ?? object;
  const kept = kind.hasStatus ? keepStatus(object, old) : object;
  const prepared = kind.prepareForUpdate?.(kept, old) ?? kept;
  return kind.normalize?.(prepared) ?? prepared;
}

function keepStatus(object: WithStatus, old: WithStatus): ApiObject {
  const { status: _status, ...rest } = object;
  return old.status === undefined ? rest : ({ ...rest, status: old.status } as ApiObject);
}

function countGeneration(kind: Kind, object: ApiObject, old: ApiObject): ApiObject {
  const before = old.metadata.generation ?? 0;
  if (!kind.hasGeneration) return object;
  const changed = kind.changesGeneration?.(object, old) ?? !semanticEqual(desired(object), desired(old));
  return !changed ? withGeneration(object, before) : withGeneration(object, before + 1);
}

/** All but what the system reports and who it belongs to. */
function desired(object: WithStatus): unknown {
  const { status: _status, metadata: _metadata, ...rest } = object;
  return rest;
}

function validateChange(
  kind: Kind,
  object: ApiObject,
  old: ApiObject,
  subresource: string,
  found: readonly FieldError[],
): void {
  const own = ownErrors(kind, object, old, subresource);
  const errors = [...validateObjectMetaUpdate(object.metadata, old.metadata, fieldPath('metadata')), ...own, ...found];
  if (errors.length > 0) throw statusErrors.invalid(kind.ref, object.metadata.name ?? '', errors);
}

/** A subresource has rules of its own where the kind gives it some; else those of the kind hold. */
function ownErrors(kind: Kind, object: ApiObject, old: ApiObject, subresource: string): readonly FieldError[] {
  if (subresource === 'status') return kind.validateStatusUpdate?.(object, old) ?? [];
  const special = kind.subresources?.[subresource];
  if (special) return special.validate(object, old);
  return [...kind.validate(object), ...kind.validateUpdate(object, old)];
}

function track(deps: RegistryDeps, request: UpdateRequest, object: ApiObject, old: ApiObject): ApiObject {
  const { fieldManager } = request.context;
  if (request.tracked || !fieldManager) return object;
  return deps.fields.track({
    kind: request.kind,
    object,
    old,
    manager: fieldManager,
    subresource: request.subresource,
    nowIso: timeText(deps.time.now()),
  });
}

/** Marked for deletion, with no grace and no finalizer left: what remains is to remove it. */
function isFinished(object: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (!deletionTimestamp || deletionGracePeriodSeconds > 0 || finalizers.length > 0) return false;
  // A namespace is held by its spec's finalizers as well.
  const spec = (object as { spec?: { finalizers?: readonly string[] } }).spec;
  return object.kind !== 'Namespace' || (spec?.finalizers ?? []).length === 0;
}
