import {
  type FieldPath,
  fieldErrors,
  isPercent,
  nonNegativeMessage,
  selectorOf,
  validateAnnotations,
  validateLabelSelector,
  validateLabels,
} from '@trireme/api-machinery';
import type { PodTemplateSpec } from '@trireme/schema/types/core/v1';
import type { IntOrString, LabelSelector } from '@trireme/schema/types/meta/v1';
import type { Findings } from '../field-rules.ts';
import { validatePodSpec } from './validate-pod-spec.ts';

/** A pod template: its pods' labels, annotations and spec. */
export function* validateTemplate(template: PodTemplateSpec, path: FieldPath): Findings {
  yield* validateLabels(template.metadata?.labels, path.child('labels'));
  yield* validateAnnotations(template.metadata?.annotations, path.child('annotations'));
  yield* validatePodSpec(template.spec ?? { containers: [] }, { isPod: false }, path.child('spec'));
  if ((template.spec?.ephemeralContainers?.length ?? 0) > 0) {
    const message = 'ephemeral containers not allowed in pod template';
    yield fieldErrors.forbidden(path.child('spec', 'ephemeralContainers'), message);
  }
}

/** Templates of pods that are kept running: they must match their owner's selector and never end by themselves. */
export function* validateRunningTemplate(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector,
  owner: 'ReplicaSet' | 'DaemonSet' | 'StatefulSet',
  path: FieldPath,
): Findings {
  if (!template) {
    yield fieldErrors.required(path);
    return;
  }
  const labels = template.metadata?.labels ?? {};
  if (!selectorOf(selector).matches(labels)) {
    const message = '`selector` does not match template `labels`';
    yield fieldErrors.invalid(path.child('metadata', 'labels'), labels, message);
  }
  yield* validateTemplate(template, path);
  const policy = template.spec?.restartPolicy ?? '';
  if (policy !== 'Always') yield fieldErrors.notSupported(path.child('spec', 'restartPolicy'), policy, ['Always']);
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    const message = `activeDeadlineSeconds in ${owner} is not Supported`;
    yield fieldErrors.forbidden(path.child('spec', 'activeDeadlineSeconds'), message);
  }
}

interface Selecting {
  readonly selector?: LabelSelector | undefined;
  readonly template?: PodTemplateSpec | undefined;
}

/** The selector, and the template that it must match. */
export function* validateSelectorAndTemplate(
  { selector, template }: Selecting,
  owner: 'ReplicaSet' | 'DaemonSet' | 'StatefulSet',
  emptyMessage: string,
  path: FieldPath,
): Findings {
  const selectorPath = path.child('selector');
  if (!selector) {
    yield fieldErrors.required(selectorPath);
    return;
  }
  const findings = validateLabelSelector(selector, selectorPath);
  yield* findings;
  if (Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0) {
    yield fieldErrors.invalid(selectorPath, selector, emptyMessage);
  }
  if (findings.length > 0) yield fieldErrors.invalid(selectorPath, selector, 'invalid label selector');
  else yield* validateRunningTemplate(template, selector, owner, path.child('template'));
}

const percentMessage =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** A number of pods, or a share of them. */
export function* mustBePositiveOrPercent(path: FieldPath, value: IntOrString): Findings {
  if (typeof value === 'number') {
    if (value < 0) yield fieldErrors.invalid(path, value, nonNegativeMessage);
  } else if (!isPercent(value)) yield fieldErrors.invalid(path, value, percentMessage);
}

export function* mustBeAtMostAll(path: FieldPath, value: IntOrString): Findings {
  if (isPercent(value) && Number.parseInt(value, 10) > 100) {
    yield fieldErrors.invalid(path, value, 'must not be greater than 100%');
  }
}

/** 0 or '0%'. */
export function isNone(value: IntOrString | undefined): boolean {
  return value === undefined || Number.parseInt(String(value), 10) === 0;
}
