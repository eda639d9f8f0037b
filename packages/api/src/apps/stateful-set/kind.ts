import { type FieldError, fieldErrors, fieldPath, semanticEqual } from '@trireme/api-machinery';
import { statefulsets } from '@trireme/schema/resources';
import type { StatefulSet } from '@trireme/schema/types/apps/v1';
import { defineKind } from '../../define-kind.ts';
import { type Findings, mustBeOneOfIfSet, mustNotBeNegative } from '../../field-rules.ts';
import type { Kind } from '../../kind.ts';
import { validateSelectorAndTemplate } from '../../pod-template/validate-template.ts';
import { podSpecWarnings } from '../../pod-template/warnings.ts';
import { validateCollisionCount, validateCounts } from '../replica-counts.ts';
import { replicasScale } from '../scale-binding.ts';
import { statefulSetColumns } from './columns.ts';
import { defaultStatefulSet } from './defaults.ts';

function* validatePolicies({ spec }: StatefulSet): Findings {
  const path = fieldPath('spec');
  const policy: string = spec.podManagementPolicy ?? '';
  if (policy === '') yield fieldErrors.required(path.child('podManagementPolicy'));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    const message = "must be 'OrderedReady' or 'Parallel'";
    yield fieldErrors.invalid(path.child('podManagementPolicy'), policy, message);
  }
  const type: string = spec.updateStrategy?.type ?? '';
  const strategyPath = path.child('updateStrategy');
  const rolling = spec.updateStrategy?.rollingUpdate;
  if (type === '') yield fieldErrors.required(strategyPath);
  else if (type === 'OnDelete' && rolling) {
    const message = "only allowed for updateStrategy 'RollingUpdate'";
    yield fieldErrors.invalid(strategyPath.child('rollingUpdate'), rolling, message);
  } else if (type === 'RollingUpdate') {
    yield* mustNotBeNegative(strategyPath.child('rollingUpdate', 'partition'), rolling?.partition);
  } else if (type !== 'OnDelete') {
    yield fieldErrors.invalid(strategyPath, spec.updateStrategy, "must be 'RollingUpdate' or 'OnDelete'");
  }
  for (const name of ['whenDeleted', 'whenScaled'] as const) {
    const field = path.child('persistentVolumeClaimRetentionPolicy', name);
    yield* mustBeOneOfIfSet(field, spec.persistentVolumeClaimRetentionPolicy?.[name], ['Retain', 'Delete']);
  }
}

function* validate(set: StatefulSet): Findings {
  const path = fieldPath('spec');
  const { spec } = set;
  yield* validatePolicies(set);
  yield* mustNotBeNegative(path.child('replicas'), spec.replicas);
  yield* mustNotBeNegative(path.child('minReadySeconds'), spec.minReadySeconds);
  yield* mustNotBeNegative(path.child('ordinals', 'start'), spec.ordinals?.start);
  // The claims become volumes of the pods, so mounts may name them.
  const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata }) => {
    const name = metadata?.name ?? '';
    return { name, persistentVolumeClaim: { claimName: name } };
  });
  const podSpec = spec.template.spec;
  const named = new Set(claims.map(({ name }) => name));
  const volumes = [...(podSpec?.volumes ?? []).filter(({ name }) => !named.has(name)), ...claims];
  const template = podSpec && claims.length > 0 ? { ...spec.template, spec: { ...podSpec, volumes } } : spec.template;
  const { selector } = spec;
  yield* validateSelectorAndTemplate(
    { selector, template },
    'StatefulSet',
    'empty selector is invalid for statefulset',
    path,
  );
}

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

function validateUpdate(set: StatefulSet, old: StatefulSet): readonly FieldError[] {
  const kept = Object.fromEntries(changeable.map((name) => [name, old.spec[name]]));
  if (semanticEqual({ ...set.spec, ...kept }, old.spec)) return [];
  const names =
    "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'";
  const message = `updates to statefulset spec for fields other than ${names} are forbidden`;
  return [fieldErrors.forbidden('spec', message)];
}

export const statefulSetKind: Kind<StatefulSet> = defineKind({
  ref: statefulsets,
  typeId: 'api.apps.v1.StatefulSet',
  shortNames: ['sts'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  // Its pods are named after it, and a pod's name is its hostname.
  nameRule: 'dns-label',
  defaults: defaultStatefulSet,
  prepareForCreate: (set) => ({ ...set, status: { replicas: 0, availableReplicas: 0 } }),
  prepareForStatusUpdate: (set, old) => ({ ...set, spec: old.spec }),
  validate: (set) => [...validate(set)],
  validateUpdate,
  warnings: ({ spec }) => [...podSpecWarnings(spec.template?.spec, fieldPath('spec', 'template', 'spec'))],
  validateStatusUpdate: ({ status = { replicas: 0 } }, old) => [
    ...validateCounts(status, ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas']),
    ...validateCollisionCount(status, old.status ?? {}),
  ],
  ...statefulSetColumns,
  scale: replicasScale(),
});
