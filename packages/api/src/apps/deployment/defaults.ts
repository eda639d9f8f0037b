import type { Deployment, DeploymentSpec, DeploymentStrategy } from '@trireme/schema/types/apps/v1';
import { chain, fill, over } from '../../fill.ts';
import { defaultPodTemplate } from '../../pod-template/default-pod-spec.ts';

function defaultStrategy(strategy: DeploymentStrategy): DeploymentStrategy {
  const typed = fill(strategy, { type: 'RollingUpdate' });
  if (typed.type !== 'RollingUpdate') return typed;
  return over(fill(typed, { rollingUpdate: {} }), 'rollingUpdate', (rolling) =>
    fill(rolling, { maxUnavailable: '25%', maxSurge: '25%' }),
  );
}

const defaultSpec = chain<DeploymentSpec>(
  (spec) => fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} }),
  (spec) => over(spec, 'strategy', defaultStrategy),
  (spec) => over(spec, 'template', defaultPodTemplate),
);

export const defaultDeployment = (deployment: Deployment): Deployment => over(deployment, 'spec', defaultSpec);
