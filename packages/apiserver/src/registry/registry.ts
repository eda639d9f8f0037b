import type { Kind } from '@trireme/api';
import type { Random, Time } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import type { DeleteOptions } from '@trireme/schema/types/meta/v1';
import type { Admission } from '../admission/admission.ts';
import type { UserInfo } from '../auth/user-info.ts';
import type { ObjectStore, Written } from '../store/object-store.ts';
import type { StoredObject } from '../store/stored-object.ts';
import type { Allocations } from './allocations.ts';
import { createObject } from './create-object.ts';
import { deleteObject } from './delete-object.ts';
import type { FieldTracker } from './field-tracker.ts';
import { updateObject } from './update-object.ts';

/** What all writes need. */
export interface RegistryDeps {
  readonly store: ObjectStore;
  readonly admission: Admission;
  readonly allocations: Allocations;
  readonly fields: FieldTracker;
  readonly time: Time;
  readonly random: Random;
}

export interface WriteContext {
  readonly user: UserInfo;
  readonly warnings: string[];
  readonly dryRun?: boolean | undefined;
  /** Who the changed fields belong to; see `FieldTracker`. */
  readonly fieldManager?: string | undefined;
}

export interface Target {
  readonly kind: Kind;
  /** '' for cluster-wide kinds. */
  readonly namespace: string;
  readonly name: string;
}

/** How an update came about, which decides who owns the fields it sets. */
export type UpdateSource = { readonly type: 'update' } | { readonly type: 'apply'; readonly force: boolean };

export interface UpdateRequest extends Target {
  readonly subresource: string;
  readonly context: WriteContext;
  /** Makes the new object from the stored one. Asked again when the stored one has changed. May throw a StatusError. */
  change(current: ApiObject): ApiObject | Promise<ApiObject>;
  /** Where the object may be created when it is missing. */
  createMissing?: (() => ApiObject | Promise<ApiObject>) | undefined;
  /** The change is the server's own (a binding): the kind's rules for what users may change do not hold. */
  readonly trusted?: boolean | undefined;
  /** Field ownership was decided by `change` itself (apply). */
  readonly tracked?: boolean | undefined;
}

/** The rules of writing objects, from admission to the store. Knows nothing of HTTP. */
export interface Registry {
  create(kind: Kind, namespace: string, object: ApiObject, context: WriteContext): Promise<StoredObject>;
  update(request: UpdateRequest): Promise<Written & { readonly created: boolean }>;
  /** `gone`: nothing is left; else the object was marked and waits for its owner or its finalizers. */
  delete(target: Target, options: DeleteOptions, context: WriteContext): Promise<Written & { readonly gone: boolean }>;
}

export function createRegistry(deps: RegistryDeps): Registry {
  return {
    create: (kind, namespace, object, context) => createObject(deps, kind, namespace, object, context),
    update: (request) => updateObject(deps, request),
    delete: (target, options, context) => deleteObject(deps, target, options, context),
  };
}
