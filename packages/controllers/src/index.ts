/** The cluster's controllers as pure decisions. `reconcile-host` runs them. */
export {
  type Action,
  type ActionTarget,
  type Controller,
  keyOf,
  nothing,
  type Plan,
  splitKey,
  type View,
  type Watch,
} from './controller.ts';
