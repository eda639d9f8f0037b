import { type FieldPath, fieldErrors, fieldPath } from '@trireme/api-machinery';
import type { Deployment, DeploymentStrategy } from '@trireme/schema/types/apps/v1';
import { type Findings, mustNotBeNegative } from '../../field-rules.ts';
import {
  isNone,
  mustBeAtMostAll,
  mustBePositiveOrPercent,
  validateSelectorAndTemplate,
} from '../../pod-template/validate-template.ts';
import { validateCollisionCount, validateCounts } from '../replica-counts.ts';

function* validateStrategy(strategy: DeploymentStrategy, path: FieldPath): Findings {
  const rolling = strategy.rollingUpdate;
  const rollingPath = path.child('rollingUpdate');
  if (strategy.type === 'Recreate') {
    if (rolling) yield fieldErrors.forbidden(rollingPath, "may not be specified when strategy `type` is 'Recreate'");
    return;
  }
  if (strategy.type !== 'RollingUpdate') {
    yield fieldErrors.notSupported(path, strategy, ['Recreate', 'RollingUpdate']);
    return;
  }
  if (!rolling) {
    yield fieldErrors.required(rollingPath, 'this should be defaulted and never be nil');
    return;
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rolling;
  yield* mustBePositiveOrPercent(rollingPath.child('maxUnavailable'), maxUnavailable);
  yield* mustBePositiveOrPercent(rollingPath.child('maxSurge'), maxSurge);
  if (isNone(maxUnavailable) && isNone(maxSurge)) {
    const message = 'may not be 0 when `maxSurge` is 0';
    yield fieldErrors.invalid(rollingPath.child('maxUnavailable'), maxUnavailable, message);
  }
  yield* mustBeAtMostAll(rollingPath.child('maxUnavailable'), maxUnavailable);
}

export function* validateDeployment({ spec }: Deployment): Findings {
  const path = fieldPath('spec');
  const { minReadySeconds = 0, progressDeadlineSeconds } = spec;
  yield* mustNotBeNegative(path.child('replicas'), spec.replicas);
  yield* validateSelectorAndTemplate(spec, 'ReplicaSet', 'empty selector is invalid for deployment', path);
  yield* validateStrategy(spec.strategy ?? {}, path.child('strategy'));
  yield* mustNotBeNegative(path.child('minReadySeconds'), spec.minReadySeconds);
  yield* mustNotBeNegative(path.child('revisionHistoryLimit'), spec.revisionHistoryLimit);
  if (progressDeadlineSeconds === undefined) return;
  const deadlinePath = path.child('progressDeadlineSeconds');
  yield* mustNotBeNegative(deadlinePath, progressDeadlineSeconds);
  if (progressDeadlineSeconds <= minReadySeconds) {
    yield fieldErrors.invalid(deadlinePath, progressDeadlineSeconds, 'must be greater than minReadySeconds');
  }
}

export function* validateDeploymentStatus(deployment: Deployment, old: Deployment): Findings {
  const status = deployment.status ?? {};
  yield* validateCounts(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas']);
  yield* mustNotBeNegative(fieldPath('status', 'unavailableReplicas'), status.unavailableReplicas);
  yield* validateCollisionCount(status, old.status ?? {});
}
