import { dnsLabelErrors, type FieldError, fieldErrors, fieldPath, semanticEqual } from '@trireme/api-machinery';
import { pods } from '@trireme/schema/resources';
import type { Pod, PodCondition } from '@trireme/schema/types/core/v1';
import type { DeleteOptions } from '@trireme/schema/types/meta/v1';
import { defineKind } from '../../define-kind.ts';
import type { GracefulDeletion, Kind } from '../../kind.ts';
import { validatePodSpec } from '../../pod-template/validate-pod-spec.ts';
import { podSpecWarnings } from '../../pod-template/warnings.ts';
import { podColumns } from './columns.ts';
import { defaultPod } from './defaults.ts';
import { qosClassOf } from './qos-class.ts';
import { validatePodStatusUpdate } from './validate-status.ts';
import { validatePodUpdate } from './validate-update.ts';

/** Says from the start why no scheduler will look at a pod that waits behind gates. */
const gatedCondition: PodCondition = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
};

function prepareForCreate(pod: Pod): Pod {
  const gated = (pod.spec.schedulingGates?.length ?? 0) > 0;
  return {
    ...pod,
    status: { ...(gated && { conditions: [gatedCondition] }), phase: 'Pending', qosClass: qosClassOf(pod) },
  };
}

function validateSpec({ spec }: Pod): readonly FieldError[] {
  return [...validatePodSpec(spec, { isPod: true }, fieldPath('spec'))];
}

/** A status write leaves all but the status, and the class that the pod was given at first, as they are. */
function prepareForStatusUpdate(pod: Pod, old: Pod): Pod {
  return {
    ...pod,
    spec: old.spec,
    metadata: { ...pod.metadata, ownerReferences: old.metadata.ownerReferences },
    status: { ...pod.status, qosClass: pod.status?.qosClass ?? old.status?.qosClass },
  };
}

function validateCreate(pod: Pod): readonly FieldError[] {
  if ((pod.spec.ephemeralContainers?.length ?? 0) === 0) return [];
  return [fieldErrors.forbidden('spec.ephemeralContainers', 'cannot be set on create')];
}

/** Debugging containers may join a pod but neither change nor leave it. */
function validateJoining(pod: Pod, old: Pod): readonly FieldError[] {
  const path = fieldPath('spec', 'ephemeralContainers');
  const now = new Map((pod.spec.ephemeralContainers ?? []).map((container) => [container.name, container]));
  const findings: FieldError[] = [];
  for (const before of old.spec.ephemeralContainers ?? []) {
    const after = now.get(before.name);
    if (!after) {
      findings.push(fieldErrors.forbidden(path, `existing ephemeral containers "${before.name}" may not be removed\n`));
    } else if (!semanticEqual(after, before)) {
      findings.push(fieldErrors.forbidden(path, `existing ephemeral containers "${before.name}" may not be changed\n`));
    }
  }
  return findings;
}

/** A pod that no kubelet runs, or that has ended, is gone at once; any other gets its time to stop. */
function graceful(pod: Pod, options: DeleteOptions): GracefulDeletion {
  const phase = pod.status?.phase;
  const ended = phase === 'Failed' || phase === 'Succeeded';
  const wanted = options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  const seconds = !pod.spec.nodeName || ended ? 0 : wanted < 0 ? 1 : wanted;
  return seconds === 0 ? { type: 'now' } : { type: 'mark', gracePeriodSeconds: seconds };
}

/** Warns of what is new: whoever changes a label of an old pod is not told again what its author was told. */
function warnings(pod: Pod, old: Pod | undefined): readonly string[] {
  if (old) return [];
  const name = pod.metadata.name ?? '';
  const problems = name === '' ? [] : dnsLabelErrors(name);
  const hostname =
    problems.length === 0
      ? []
      : [
          `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
        ];
  return [...hostname, ...podSpecWarnings(pod.spec, fieldPath('spec'))];
}

function selectableFields({ spec, status }: Pod): Readonly<Record<string, string>> {
  return {
    'spec.nodeName': spec.nodeName ?? '',
    'spec.restartPolicy': spec.restartPolicy ?? '',
    'spec.schedulerName': spec.schedulerName ?? '',
    'spec.serviceAccountName': spec.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec.hostNetwork ?? false),
    'status.phase': status?.phase ?? '',
    'status.podIP': status?.podIPs?.[0]?.ip ?? '',
    'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  };
}

export const podKind: Kind<Pod> = defineKind({
  ref: pods,
  typeId: 'api.core.v1.Pod',
  shortNames: ['po'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  defaults: defaultPod,
  prepareForCreate,
  prepareForStatusUpdate,
  validateCreate,
  validate: validateSpec,
  validateUpdate: (pod, old) => [...validatePodUpdate(pod, old)],
  validateStatusUpdate: (pod, old) => [...validatePodStatusUpdate(pod, old)],
  warnings,
  selectableFields,
  ...podColumns,
  graceful,
  subresources: {
    ephemeralcontainers: {
      prepare: (pod, old) => ({
        ...old,
        metadata: pod.metadata,
        spec: { ...old.spec, ephemeralContainers: pod.spec.ephemeralContainers },
      }),
      validate: (pod, old) => [...validateSpec(pod), ...validateJoining(pod, old)],
    },
  },
});
