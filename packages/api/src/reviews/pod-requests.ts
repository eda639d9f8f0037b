import { type FieldError, fieldErrors, fieldPath, nonNegativeMessage } from '@trireme/api-machinery';
import type { Scale } from '@trireme/schema/types/autoscaling/v1';
import type { Binding } from '@trireme/schema/types/core/v1';

/** A binding gives a pod a node, and nothing else. */
export function validateBindingRequest({ target }: Binding): readonly FieldError[] {
  const path = fieldPath('target');
  const kind = target?.kind ?? '';
  return [
    ...(kind === '' || kind === 'Node'
      ? []
      : [fieldErrors.notSupported(path.child('kind'), kind, ['Node', '<empty>'])]),
    ...(target?.name ? [] : [fieldErrors.required(path.child('name'))]),
  ];
}

export function validateScale({ spec }: Scale): readonly FieldError[] {
  const replicas = spec?.replicas ?? 0;
  return replicas < 0 ? [fieldErrors.invalid('spec.replicas', replicas, nonNegativeMessage)] : [];
}
