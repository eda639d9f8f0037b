import type { ApiObject, ResourceRef } from '@trireme/schema';
import type { Controller } from './controller.ts';
import { createDeploymentController } from './deployment/reconcile.ts';
import { createEndpointsController } from './endpoints/reconcile.ts';
import { createEndpointSliceController } from './endpointslice/reconcile.ts';
import { createGarbageCollector } from './garbage-collector/reconcile.ts';
import { createNamespaceController } from './namespace/reconcile.ts';
import { createNodeIpamController, type NodeIpamOptions } from './node-ipam/reconcile.ts';
import { createNodeLifecycleController, type NodeLifecycleOptions } from './node-lifecycle/reconcile.ts';
import { createPodGarbageCollector, type PodGarbageCollectorOptions } from './pod-gc/reconcile.ts';
import { createReplicaSetController } from './replicaset/reconcile.ts';
import { createRootCaController } from './root-ca/reconcile.ts';
import { createServiceAccountController } from './service-account/reconcile.ts';
import { createTaintEvictionController } from './taint-eviction/reconcile.ts';

export interface ControllersOptions {
  /**
   * Every resource that the server serves with list, watch and delete, events excepted: what owners and namespaces may
   * hold. Of a resource in several versions, one.
   */
  readonly resources: readonly ResourceRef<ApiObject>[];
  /** The bundle, in PEM, that verifies the apiserver. */
  readonly rootCa: string;
  /** Absent: nodes bring their own pod addresses. */
  readonly nodeIpam?: NodeIpamOptions | undefined;
  readonly nodeLifecycle?: NodeLifecycleOptions | undefined;
  readonly podGarbageCollector?: PodGarbageCollectorOptions | undefined;
}

/** All controllers of a cluster. A new one is a folder and a line here. */
export function createControllers(options: ControllersOptions): readonly Controller[] {
  const namespaced = options.resources.filter((ref) => ref.namespaced);
  return [
    createDeploymentController(),
    createReplicaSetController(),
    createNamespaceController({ resources: namespaced }),
    createServiceAccountController(),
    createRootCaController({ rootCa: options.rootCa }),
    createEndpointsController(),
    createEndpointSliceController(),
    createGarbageCollector({ resources: options.resources }),
    createNodeLifecycleController(options.nodeLifecycle),
    createTaintEvictionController(),
    createPodGarbageCollector(options.podGarbageCollector),
    ...(options.nodeIpam ? [createNodeIpamController(options.nodeIpam)] : []),
  ];
}
