import type { Kind } from '@trireme/api';
import {
  type FieldError,
  fieldPath,
  fillForCreate,
  generateObjectName,
  statusErrors,
  timeText,
  validateObjectMeta,
} from '@trireme/api-machinery';
import { randomUuid } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import type { AlsoWrite } from '../store/object-store.ts';
import type { StoredObject } from '../store/stored-object.ts';
import { withOwners } from './field-tracker.ts';
import type { RegistryDeps, WriteContext } from './registry.ts';
import { toStored, writeTarget } from './stored-form.ts';

const generateAttempts = 8;

/** Creates an object, with a generated name if it has only the start of one. */
export async function createObject(
  deps: RegistryDeps,
  kind: Kind,
  namespace: string,
  object: ApiObject,
  context: WriteContext,
): Promise<StoredObject> {
  const generates = !object.metadata.name && !!object.metadata.generateName;
  for (let attempt = 1; ; attempt++) {
    try {
      return await createOnce(deps, kind, namespace, object, context);
    } catch (error) {
      const taken = error instanceof NameTakenError;
      if (!taken) throw error;
      if (!generates) throw statusErrors.alreadyExists(kind.ref, error.takenName);
      if (attempt >= generateAttempts) throw statusErrors.generateNameConflict(kind.ref, error.takenName);
    }
  }
}

class NameTakenError extends Error {
  readonly takenName: string;
  constructor(name: string) {
    super(name);
    this.takenName = name;
  }
}

async function createOnce(
  deps: RegistryDeps,
  kind: Kind,
  namespace: string,
  object: ApiObject,
  context: WriteContext,
): Promise<StoredObject> {
  const filled = kind.defaults(fillNew(deps, kind, namespace, object));
  const name = filled.metadata.name ?? '';
  const request = {
    operation: 'CREATE' as const,
    kind,
    subresource: '',
    namespace,
    name,
    user: context.user,
    old: undefined,
    dryRun: context.dryRun ?? false,
    warnings: context.warnings,
  };
  const mutated = await deps.admission.mutate({ ...request, object: filled });
  const cleared = prepareNew(kind, kind.defaults(mutated));
  // What admission and the allocators add belongs to nobody: no client asked for it, so none may lose it.
  const owned = trackNew(deps, kind, mutated === filled ? cleared : prepareNew(kind, filled), context);
  const written = await deps.store.write(writeTarget(kind, namespace, name, context.dryRun), async (current) => {
    if (current) throw new NameTakenError(name);
    const found: FieldError[] = [];
    const { object: allocated, also } = await allocate(deps, kind, cleared, undefined, found, context);
    validateNew(kind, allocated, found);
    await deps.admission.validate({ ...request, object: allocated });
    return { type: 'put', object: toStored(kind, withOwners(allocated, owned)), also };
  });
  context.warnings.push(...(kind.warnings?.(cleared, undefined) ?? []));
  if (!written.after) throw statusErrors.internalError(`creating ${kind.ref.resource} left nothing behind`);
  return written.after;
}

function fillNew(deps: RegistryDeps, kind: Kind, namespace: string, object: ApiObject): ApiObject {
  const { generateName, name } = object.metadata;
  const below = (bound: number): number => Math.floor(deps.random.float() * bound);
  return fillForCreate(object, {
    uid: randomUuid(deps.random),
    nowIso: timeText(deps.time.now()),
    namespace: kind.ref.namespaced ? namespace : undefined,
    generatedName: !name && generateName ? generateObjectName(generateName, below) : undefined,
    countsGeneration: kind.hasGeneration,
  });
}

function prepareNew(kind: Kind, object: ApiObject): ApiObject {
  const { status: _status, ...withoutStatus } = object as ApiObject & { status?: unknown };
  const cleared = kind.hasStatus && !kind.keepsStatusOnCreate ? withoutStatus : object;
  const prepared = kind.prepareForCreate?.(cleared) ?? cleared;
  return kind.normalize?.(prepared) ?? prepared;
}

function validateNew(kind: Kind, object: ApiObject, found: readonly FieldError[]): void {
  const path = fieldPath('metadata');
  const rules = { namespaced: kind.ref.namespaced, nameRule: kind.nameRule, path };
  const errors = [
    ...validateObjectMeta(object.metadata, rules),
    ...(kind.validateCreate?.(object) ?? []),
    ...kind.validate(object),
    ...found,
  ];
  if (errors.length > 0) throw statusErrors.invalid(kind.ref, object.metadata.name ?? '', errors);
}

function trackNew(deps: RegistryDeps, kind: Kind, object: ApiObject, context: WriteContext): ApiObject {
  if (!context.fieldManager) return object;
  return deps.fields.track({
    kind,
    object,
    old: undefined,
    manager: context.fieldManager,
    subresource: '',
    nowIso: timeText(deps.time.now()),
  });
}

/** Lets the server's allocators fill in what they own (addresses, ports), with the reservations to write along. */
export async function allocate(
  deps: RegistryDeps,
  kind: Kind,
  object: ApiObject,
  old: ApiObject | undefined,
  errors: FieldError[],
  context: WriteContext,
): Promise<{ readonly object: ApiObject; readonly also?: AlsoWrite | undefined }> {
  if (!kind.allocations?.includes('service-addresses')) return { object };
  return await deps.allocations.services.allocate(object, old, errors, context.dryRun ?? false);
}
