import { scaledValue } from '@trireme/api-machinery';
import type { Deployment } from '@trireme/schema/types/apps/v1';

export function desiredReplicas(deployment: Deployment): number {
  return deployment.spec.replicas ?? 1;
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

/** Pods that a rolling update may have beyond the desired ones. Shares are rounded up. */
export function maxSurge(deployment: Deployment): number {
  if (!isRollingUpdate(deployment)) return 0;
  const { maxSurge: surge = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  return scaledValue(surge, desiredReplicas(deployment), 'up');
}

/** Desired pods that may be missing during a rolling update. Shares are rounded down, but with no surge one may be missing. */
export function maxUnavailable(deployment: Deployment): number {
  const replicas = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  const { maxUnavailable: unavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const missing = scaledValue(unavailable, replicas, 'down');
  // Neither more nor fewer pods would mean that no pod could ever be replaced.
  if (missing === 0 && maxSurge(deployment) === 0) return 1;
  return Math.min(missing, replicas);
}
