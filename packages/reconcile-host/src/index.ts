/**
 * Runs pure controllers against a cluster: informers feed queues of keys, the controller decides, and its plan is performed
 * with retries. A key is never decided on a view older than its own last writes.
 *
 * @example
 * import { createDeploymentController, createReplicaSetController } from '@trireme/controllers';
 * import { createReconcileHost } from '@trireme/reconcile-host';
 *
 * const controllers = [createDeploymentController(), createReplicaSetController()];
 * const host = createReconcileHost({ client, informers, time, random, logger, controllers });
 * await host.start();
 * console.log(host.metrics().deployment?.reconciles);
 * await host.stop();
 */
export type { ControllerMetrics } from './controller-runner.ts';
export {
  createReconcileHost,
  type ReconcileHost,
  type ReconcileHostDeps,
  type ReconcileHostOptions,
} from './create-reconcile-host.ts';
export {
  createSchedulerHost,
  type SchedulerHost,
  type SchedulerHostDeps,
  type SchedulerHostOptions,
  type SchedulerMetrics,
} from './scheduler/create-scheduler-host.ts';
