import type { StatusReason } from '@trireme/api-machinery';
import type { JsonObject } from '@trireme/base';
import type { ApiObject, ResourceRef } from '@trireme/schema';

/**
 * A controller decides; it does nothing itself. The host watches what `watches` names, collects keys, and for each key
 * calls `reconcile` with the newest view and performs the plan. The contract:
 * - Level-triggered: the key says only where to look. Being called twice, or late, must be safe.
 * - The view is never older than what this controller's own last plan for this key wrote, so a controller needs no
 *   memory of what it has just created. It may be older than what others wrote.
 * - A plan that fails (conflict, refusal) is dropped at the failing action, and the key comes back with backoff.
 */
export interface Controller {
  /** 'deployment': names its queue, its log lines, and its field manager ('<name>-controller'). */
  readonly name: string;
  /** Every resource that `reconcile` reads through the view. */
  readonly reads: readonly ResourceRef<ApiObject>[];
  readonly watches: readonly Watch[];
  /** Pure. `nowMs` is wall time in milliseconds since the epoch. */
  reconcile(key: string, view: View, nowMs: number): Plan;
}

/** When an object of `ref` is added, changed or deleted, these keys are looked at. `old` is there for changes. */
export interface Watch {
  readonly ref: ResourceRef<ApiObject>;
  keys(object: ApiObject, view: View, old: ApiObject | undefined): readonly string[];
}

/** A Watch whose keys are computed from objects of the resource's own type. */
export function watchOf<T extends ApiObject>(
  ref: ResourceRef<T>,
  keys: (object: T, view: View, old: T | undefined) => readonly string[],
): Watch {
  // The host calls with objects of `ref` only, so the types are those of the resource.
  return { ref, keys: (object, view, old) => keys(object as T, view, old as T | undefined) };
}

/** Watches objects and looks at each under its own key. */
export function watchSelf<T extends ApiObject>(ref: ResourceRef<T>): Watch {
  return { ref, keys: (object) => [keyOf(object)] };
}

/** Synchronous reads over the host's informers. What it returns is shared and frozen in tests. */
export interface View {
  get<T extends ApiObject>(ref: ResourceRef<T>, name: string, namespace?: string): T | undefined;
  list<T extends ApiObject>(ref: ResourceRef<T>, namespace?: string): readonly T[];
  /** Objects that this owner controls; for '', those that nothing controls. */
  controlledBy<T extends ApiObject>(ref: ResourceRef<T>, ownerUid: string): readonly T[];
  /** Objects that name this owner, as controller or not. */
  dependentsOf<T extends ApiObject>(ref: ResourceRef<T>, ownerUid: string): readonly T[];
}

export interface Plan {
  /** Performed in order. Runs of creates, and runs of deletes, go out concurrently. */
  readonly actions: readonly Action[];
  /** Look again after this long, whatever happens. */
  readonly requeueAfterMs?: number | undefined;
  /**
   * What to do when actions were refused: say so in a status or an event. Performed once, before the key comes back with
   * backoff; what fails here is only logged.
   */
  onFailure?(failures: readonly Failure[]): readonly Action[];
}

/** What became of an action that the server refused. */
export interface Failure {
  readonly action: Action;
  /** The reason of the server's Status, 'Unknown' where it gave none. */
  readonly reason: StatusReason;
  /** The server's message, as a condition or an event repeats it. */
  readonly message: string;
}

export const nothing: Plan = { actions: [] };

export type Action =
  | {
      readonly type: 'create';
      readonly ref: ResourceRef<ApiObject>;
      readonly object: ApiObject;
      readonly ignoreExists?: boolean;
      /** What follows from the object as it was made: an event with its generated name. */
      readonly onDone?: (created: ApiObject) => readonly Action[];
    }
  /**
   * Guarded by the object's uid and resourceVersion; where the plan itself has changed the object before, by the version
   * that this left.
   */
  | { readonly type: 'update'; readonly ref: ResourceRef<ApiObject>; readonly object: ApiObject }
  /** As 'update', for the status alone. */
  | { readonly type: 'update-status'; readonly ref: ResourceRef<ApiObject>; readonly object: ApiObject }
  /** A JSON merge patch. `uid` and `resourceVersion`, where given, guard it. */
  | {
      readonly type: 'patch';
      readonly ref: ResourceRef<ApiObject>;
      readonly target: ActionTarget;
      readonly patch: JsonObject;
      readonly subresource?: string | undefined;
      readonly onlyIfGone?: readonly Gone[];
    }
  | {
      readonly type: 'delete';
      readonly ref: ResourceRef<ApiObject>;
      readonly target: ActionTarget;
      readonly gracePeriodSeconds?: number | undefined;
      readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground' | undefined;
      readonly onlyIfGone?: readonly Gone[];
      /** What follows once it is deleted, or was gone already. */
      readonly onDone?: () => readonly Action[];
    }
  | { readonly type: 'delete-collection'; readonly ref: ResourceRef<ApiObject>; readonly namespace: string }
  /** Finishes a namespace: PUT /finalize without the 'kubernetes' finalizer. */
  | { readonly type: 'finalize-namespace'; readonly object: ApiObject }
  /** Recorded by the host with counting and limits; a failure to record is not a failure of the plan. */
  | {
      readonly type: 'event';
      readonly regarding: ApiObject;
      readonly eventType: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
    };

export interface ActionTarget {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/**
 * An object whose absence a decision rests on. The view may be behind (it shows a pod before the set that made it), so the
 * host asks the server itself; where the object is there after all, the action is refused as a conflict.
 */
export interface Gone {
  readonly ref: ResourceRef<ApiObject>;
  readonly name: string;
  readonly namespace?: string | undefined;
  /** There under this uid. Absent: under any. */
  readonly uid?: string | undefined;
}

/** 'namespace/name', or 'name' for cluster-scoped objects. */
export function keyOf(object: ApiObject): string {
  const { name, namespace } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

export function splitKey(key: string): { readonly name: string; readonly namespace: string | undefined } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { name: key, namespace: undefined }
    : { name: key.slice(slash + 1), namespace: key.slice(0, slash) };
}
