import { fieldPath, semanticEqual, validateImmutable } from '@trireme/api-machinery';
import { deployments } from '@trireme/schema/resources';
import type { Deployment } from '@trireme/schema/types/apps/v1';
import { defineKind } from '../../define-kind.ts';
import type { Kind } from '../../kind.ts';
import { podSpecWarnings } from '../../pod-template/warnings.ts';
import { replicasScale } from '../scale-binding.ts';
import { deploymentColumns } from './columns.ts';
import { defaultDeployment } from './defaults.ts';
import { validateDeployment, validateDeploymentStatus } from './validate.ts';

export const deploymentKind: Kind<Deployment> = defineKind({
  ref: deployments,
  typeId: 'api.apps.v1.Deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  // The controller copies annotations to the ReplicaSets, so a changed one is work for it, too.
  changesGeneration: (deployment, old) =>
    !semanticEqual(deployment.spec, old.spec) ||
    !semanticEqual(deployment.metadata.annotations, old.metadata.annotations),
  defaults: defaultDeployment,
  prepareForCreate: (deployment) => ({ ...deployment, status: {} }),
  prepareForStatusUpdate: (deployment, old) => ({
    ...deployment,
    spec: old.spec,
    metadata: { ...deployment.metadata, labels: old.metadata.labels },
  }),
  validate: (deployment) => [...validateDeployment(deployment)],
  validateUpdate: (deployment, old) => validateImmutable(deployment.spec.selector, old.spec.selector, 'spec.selector'),
  warnings: ({ spec }) => [...podSpecWarnings(spec.template?.spec, fieldPath('spec', 'template', 'spec'))],
  validateStatusUpdate: (deployment, old) => [...validateDeploymentStatus(deployment, old)],
  ...deploymentColumns,
  scale: replicasScale(),
});
