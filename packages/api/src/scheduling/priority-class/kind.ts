import { type FieldError, fieldErrors, fieldPath, validateImmutable } from '@trireme/api-machinery';
import { priorityclasses } from '@trireme/schema/resources';
import type { PriorityClass } from '@trireme/schema/types/scheduling/v1';
import { ageColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';
import { defineKind } from '../../define-kind.ts';
import { type Findings, mustBeOneOfIfSet } from '../../field-rules.ts';
import { fill } from '../../fill.ts';
import type { Kind } from '../../kind.ts';

/** Above this priorities belong to the system. */
export const highestUserPriority = 1_000_000_000;

function systemClass(name: string, value: number, description: string): PriorityClass {
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    preemptionPolicy: 'PreemptLowerPriority',
    description,
  };
}

/** The classes every cluster has from its start; the apiserver creates them. */
export const systemPriorityClasses: readonly PriorityClass[] = [
  systemClass('system-node-critical', 2 * highestUserPriority + 1000, 'For pods that a node cannot do without.'),
  systemClass('system-cluster-critical', 2 * highestUserPriority, 'For pods that the cluster cannot do without.'),
];

function systemNameProblem(object: PriorityClass): string | undefined {
  const { name } = object.metadata;
  const known = systemPriorityClasses.find((system) => system.metadata.name === name);
  if (!known) return `${name} is not a known system priority class`;
  if (known.value !== object.value) return `value of ${name} PriorityClass must be ${known.value}`;
  return object.globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function* validate(object: PriorityClass): Findings {
  if (object.metadata.name.startsWith('system-')) {
    const problem = systemNameProblem(object);
    if (problem !== undefined) {
      const message = `priority class names with 'system-' prefix are reserved for system use only. error: ${problem}`;
      yield fieldErrors.forbidden('metadata.name', message);
    }
  } else if ((object.value ?? 0) > highestUserPriority) {
    const message = `maximum allowed value of a user defined priority is ${highestUserPriority}`;
    yield fieldErrors.forbidden('value', message);
  }
  const policies = ['PreemptLowerPriority', 'Never'];
  yield* mustBeOneOfIfSet(fieldPath('preemptionPolicy'), object.preemptionPolicy, policies);
}

function validateUpdate(object: PriorityClass, old: PriorityClass): readonly FieldError[] {
  const changed = (object.value ?? 0) !== (old.value ?? 0);
  return [
    ...(changed ? [fieldErrors.forbidden('value', 'may not be changed in an update.')] : []),
    ...validateImmutable(object.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
  ];
}

export const priorityClassKind: Kind<PriorityClass> = defineKind({
  ref: priorityclasses,
  typeId: 'api.scheduling.v1.PriorityClass',
  shortNames: ['pc'],
  hasGeneration: true,
  defaults: (object) => fill(object, { preemptionPolicy: 'PreemptLowerPriority' }),
  validate: (object) => [...validate(object)],
  validateUpdate,
  ...defineColumns<PriorityClass>([
    nameColumn,
    {
      name: 'Value',
      type: 'integer',
      description: 'Its priority: the larger goes first.',
      cell: ({ value }) => value ?? 0,
    },
    {
      name: 'Global-Default',
      type: 'boolean',
      description: 'Whether pods that name no class get this one.',
      cell: ({ globalDefault }) => globalDefault ?? false,
    },
    ageColumn,
    {
      name: 'PreemptionPolicy',
      description: 'Whether it may push out pods of lower priority.',
      cell: ({ preemptionPolicy }) => preemptionPolicy ?? '',
    },
  ]),
});
