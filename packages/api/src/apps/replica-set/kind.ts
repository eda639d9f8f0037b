import { fieldPath, validateImmutable } from '@trireme/api-machinery';
import { replicasets } from '@trireme/schema/resources';
import type { ReplicaSet } from '@trireme/schema/types/apps/v1';
import { defineKind } from '../../define-kind.ts';
import { type Findings, mustNotBeNegative } from '../../field-rules.ts';
import type { Kind } from '../../kind.ts';
import { validateSelectorAndTemplate } from '../../pod-template/validate-template.ts';
import { podSpecWarnings } from '../../pod-template/warnings.ts';
import { validateCounts } from '../replica-counts.ts';
import { replicasScale } from '../scale-binding.ts';
import { replicaSetColumns } from './columns.ts';
import { defaultReplicaSet } from './defaults.ts';

function* validate({ spec }: ReplicaSet): Findings {
  const path = fieldPath('spec');
  yield* mustNotBeNegative(path.child('replicas'), spec.replicas);
  yield* mustNotBeNegative(path.child('minReadySeconds'), spec.minReadySeconds);
  yield* validateSelectorAndTemplate(spec, 'ReplicaSet', 'empty selector is invalid for deployment', path);
}

export const replicaSetKind: Kind<ReplicaSet> = defineKind({
  ref: replicasets,
  typeId: 'api.apps.v1.ReplicaSet',
  shortNames: ['rs'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  defaults: defaultReplicaSet,
  prepareForCreate: (set) => ({ ...set, status: { replicas: 0 } }),
  prepareForStatusUpdate: (set, old) => ({ ...set, spec: old.spec }),
  validate: (set) => [...validate(set)],
  validateUpdate: (set, old) => validateImmutable(set.spec.selector, old.spec.selector, 'spec.selector'),
  warnings: ({ spec }) => [...podSpecWarnings(spec.template?.spec, fieldPath('spec', 'template', 'spec'))],
  validateStatusUpdate: ({ status }) => [
    ...validateCounts(status ?? { replicas: 0 }, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
  ],
  selectableFields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  ...replicaSetColumns,
  scale: replicasScale(),
});
