import type { ApiObject, ResourceRef } from '@trireme/schema';
import type { Action, ActionTarget } from './controller.ts';

/** Makers of actions that keep the object's own type checked. */
export function createAction<T extends ApiObject>(
  ref: ResourceRef<T>,
  object: T,
  options: Pick<Extract<Action, { type: 'create' }>, 'ignoreExists' | 'onDone'> = {},
): Action {
  return { type: 'create', ref, object, ...options };
}

export function updateAction<T extends ApiObject>(ref: ResourceRef<T>, object: T): Action {
  return { type: 'update', ref, object };
}

export function updateStatusAction<T extends ApiObject>(ref: ResourceRef<T>, object: T): Action {
  return { type: 'update-status', ref, object };
}

export function eventAction(
  regarding: ApiObject,
  eventType: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Action {
  return { type: 'event', regarding, eventType, reason, message };
}

/** The object as the view shows it: whatever was made under its name since is not meant. */
export function targetOf(object: ApiObject): ActionTarget {
  const { name, namespace, uid } = object.metadata;
  return { name, namespace, uid };
}

/** As `targetOf`, and only if nobody has changed it since. */
export function unchangedTargetOf(object: ApiObject): ActionTarget {
  return { ...targetOf(object), resourceVersion: object.metadata.resourceVersion };
}
