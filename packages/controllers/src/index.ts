/**
 * The cluster's controllers as pure decisions: a key and a view of the cluster in, a plan of writes out. `reconcile-host`
 * runs them.
 *
 * @example
 * import { createDeploymentController } from '@trireme/controllers';
 *
 * const controller = createDeploymentController();
 * const plan = controller.reconcile('default/web', view, nowMs);
 * for (const action of plan.actions) console.log(action.type);
 */
export { createAction, eventAction, targetOf, unchangedTargetOf, updateAction, updateStatusAction } from './actions.ts';
export {
  type Action,
  type ActionTarget,
  type Controller,
  type Failure,
  keyOf,
  nothing,
  type Plan,
  splitKey,
  type View,
  type Watch,
  watchOf,
  watchSelf,
} from './controller.ts';
export { createDeploymentController } from './deployment/reconcile.ts';
export { createReplicaSetController } from './replicaset/reconcile.ts';
