/**
 * A view over given objects, and plans as lines of text, for tests of controllers as tables.
 *
 * @example
 * import { createView, describePlan } from '@trireme/controllers/testing';
 *
 * const view = createView([deployment, oldSet, newSet]);
 * console.log(describePlan(controller.reconcile('default/web', view, nowMs)));
 * // ['update replicasets web-2: spec.replicas=3', 'event Normal ScalingReplicaSet: Scaled up ...']
 */
export { describePlan } from './describe-plan.ts';
export { createView } from './view.ts';
