import { authMethods } from './auth-service.ts';
import { clusterMethods } from './cluster-service.ts';
import { createGuard } from './guard.ts';
import { healthMethods } from './health-service.ts';
import { kvMethods } from './kv-service.ts';
import { leaseMethods } from './lease-service.ts';
import { maintenanceMethods } from './maintenance-service.ts';
import type { RpcMethod } from './rpc.ts';
import type { ServiceDeps } from './service-deps.ts';
import { snapshotMethods } from './snapshot-service.ts';
import { watchMethods } from './watch-service.ts';

/** Every method that is served. What is not here is answered by the transport as unimplemented. */
export function etcdMethods(deps: ServiceDeps): readonly RpcMethod[] {
  return [
    ...kvMethods(deps),
    ...watchMethods(deps),
    ...leaseMethods(deps),
    ...maintenanceMethods(deps),
    ...snapshotMethods(deps),
    ...clusterMethods(deps),
    ...authMethods(deps),
    ...healthMethods(deps),
  ].map(createGuard(deps));
}
