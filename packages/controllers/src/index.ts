/**
 * The cluster's controllers as pure decisions: a key and a view of the cluster in, a plan of writes out. `reconcile-host`
 * runs them.
 *
 * @example
 * import { createControllers } from '@trireme/controllers';
 * import { deployments, pods, replicasets } from '@trireme/schema/resources';
 *
 * const controllers = createControllers({ resources: [deployments, replicasets, pods], rootCa: '-----BEGIN ...' });
 * for (const { name, reconcile } of controllers) console.log(name, reconcile('default/web', view, nowMs).actions.length);
 */
export { createAction, eventAction, targetOf, unchangedTargetOf, updateAction, updateStatusAction } from './actions.ts';
export {
  type Action,
  type ActionTarget,
  type Controller,
  type Failure,
  type Gone,
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
export { createEndpointsController } from './endpoints/reconcile.ts';
export { createEndpointSliceController } from './endpointslice/reconcile.ts';
export { createGarbageCollector, type GarbageCollectorOptions } from './garbage-collector/reconcile.ts';
export { createNamespaceController, type NamespaceControllerOptions } from './namespace/reconcile.ts';
export { createNodeIpamController, type NodeIpamOptions } from './node-ipam/reconcile.ts';
export { createNodeLifecycleController, type NodeLifecycleOptions } from './node-lifecycle/reconcile.ts';
export { createPodGarbageCollector, type PodGarbageCollectorOptions } from './pod-gc/reconcile.ts';
export { type ControllersOptions, createControllers } from './registry.ts';
export { createReplicaSetController } from './replicaset/reconcile.ts';
export { createRootCaController, type RootCaOptions } from './root-ca/reconcile.ts';
export { createServiceAccountController } from './service-account/reconcile.ts';
export { createTaintEvictionController } from './taint-eviction/reconcile.ts';
