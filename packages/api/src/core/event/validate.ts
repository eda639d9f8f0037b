import { type FieldPath, fieldErrors, fieldPath, qualifiedNameErrors } from '@trireme/api-machinery';
import type { Event } from '@trireme/schema/types/core/v1';
import { type Findings, mustBeSet, mustBeSetAndFit } from '../../field-rules.ts';

const longestWord = 128;
const longestMessage = 1024;

/** Events of objects without a namespace live in one of these. */
const systemNamespaces = ['', 'default', 'kube-system'];

function* mustBeShort(path: FieldPath, text: string | undefined, maxLength: number): Findings {
  if ((text?.length ?? 0) > maxLength) yield fieldErrors.tooLong(path, maxLength);
}

export function* validateNamespaceMatches(event: Event): Findings {
  const about = event.involvedObject.namespace ?? '';
  const own = event.metadata.namespace ?? '';
  if (about === own || (about === '' && systemNamespaces.includes(own))) return;
  yield fieldErrors.invalid('involvedObject.namespace', about, 'does not match event.namespace');
}

/** Events with an `eventTime` come from the newer recorders, which must say who they are and what they did. */
export function* validateNewStyle(event: Event, controllerField: string): Findings {
  const controller = fieldPath(controllerField);
  yield* mustBeSetAndFit(qualifiedNameErrors, controller, event.reportingComponent);
  yield* mustBeSet(fieldPath('reportingInstance'), event.reportingInstance);
  yield* mustBeShort(fieldPath('reportingInstance'), event.reportingInstance, longestWord);
  yield* mustBeSet(fieldPath('action'), event.action);
  yield* mustBeShort(fieldPath('action'), event.action, longestWord);
  yield* mustBeSet(fieldPath('reason'), event.reason);
  yield* mustBeShort(fieldPath('reason'), event.reason, longestWord);
  yield* mustBeShort(fieldPath('message'), event.message, longestMessage);
}

export function* validateCoreEvent(event: Event): Findings {
  yield* validateNamespaceMatches(event);
  if (event.eventTime) yield* validateNewStyle(event, 'reportingComponent');
}
