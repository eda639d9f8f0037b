import { fieldErrors, fieldPath, validateImmutable } from '@trireme/api-machinery';
import { daemonsets } from '@trireme/schema/resources';
import type { DaemonSet, DaemonSetUpdateStrategy } from '@trireme/schema/types/apps/v1';
import { defineKind } from '../../define-kind.ts';
import { type Findings, mustNotBeNegative } from '../../field-rules.ts';
import type { Kind } from '../../kind.ts';
import {
  isNone,
  mustBeAtMostAll,
  mustBePositiveOrPercent,
  validateSelectorAndTemplate,
} from '../../pod-template/validate-template.ts';
import { podSpecWarnings } from '../../pod-template/warnings.ts';
import { validateCollisionCount } from '../replica-counts.ts';
import { daemonSetColumns } from './columns.ts';
import { defaultDaemonSet } from './defaults.ts';

function* validateStrategy({
  type = '',
  rollingUpdate,
}: Readonly<Omit<DaemonSetUpdateStrategy, 'type'>> & { type?: string | undefined }): Findings {
  const path = fieldPath('spec', 'updateStrategy');
  if (type === 'OnDelete') return;
  if (type !== 'RollingUpdate') {
    yield fieldErrors.notSupported(path, type, ['RollingUpdate', 'OnDelete']);
    return;
  }
  if (!rollingUpdate) {
    yield fieldErrors.required(path.child('rollingUpdate'));
    return;
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const rollingPath = path.child('rollingUpdate');
  yield* mustBePositiveOrPercent(rollingPath.child('maxUnavailable'), maxUnavailable);
  yield* mustBePositiveOrPercent(rollingPath.child('maxSurge'), maxSurge);
  yield* mustBeAtMostAll(rollingPath.child('maxUnavailable'), maxUnavailable);
  yield* mustBeAtMostAll(rollingPath.child('maxSurge'), maxSurge);
  if (isNone(maxUnavailable) && isNone(maxSurge)) {
    yield fieldErrors.required(rollingPath.child('maxUnavailable'), 'cannot be 0 when maxSurge is 0');
  } else if (!isNone(maxUnavailable) && !isNone(maxSurge)) {
    const message = 'may not be set when maxUnavailable is non-zero';
    yield fieldErrors.invalid(rollingPath.child('maxSurge'), maxSurge, message);
  }
}

function* validate({ spec }: DaemonSet): Findings {
  const path = fieldPath('spec');
  yield* validateSelectorAndTemplate(spec, 'DaemonSet', 'empty selector is invalid for daemonset', path);
  yield* mustNotBeNegative(path.child('minReadySeconds'), spec.minReadySeconds);
  yield* validateStrategy(spec.updateStrategy ?? {});
  yield* mustNotBeNegative(path.child('revisionHistoryLimit'), spec.revisionHistoryLimit);
}

const counts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
] as const;

function* validateStatus({ status }: DaemonSet, old: DaemonSet): Findings {
  for (const name of counts) yield* mustNotBeNegative(fieldPath('status', name), status?.[name]);
  yield* validateCollisionCount(status ?? {}, old.status ?? {});
}

export const daemonSetKind: Kind<DaemonSet> = defineKind({
  ref: daemonsets,
  typeId: 'api.apps.v1.DaemonSet',
  shortNames: ['ds'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  defaults: defaultDaemonSet,
  prepareForCreate: (set) => ({
    ...set,
    status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  }),
  prepareForStatusUpdate: (set, old) => ({ ...set, spec: old.spec }),
  validate: (set) => [...validate(set)],
  validateUpdate: (set, old) => validateImmutable(set.spec.selector, old.spec.selector, 'spec.selector'),
  warnings: ({ spec }) => [...podSpecWarnings(spec.template?.spec, fieldPath('spec', 'template', 'spec'))],
  validateStatusUpdate: (set, old) => [...validateStatus(set, old)],
  ...daemonSetColumns,
});
