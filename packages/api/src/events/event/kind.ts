import { type FieldError, fieldErrors, validateImmutable } from '@trireme/api-machinery';
import { events, eventsEventsV1 } from '@trireme/schema/resources';
import type { Event as CoreEvent } from '@trireme/schema/types/core/v1';
import type { Event } from '@trireme/schema/types/events/v1';
import { eventColumns } from '../../core/event/columns.ts';
import { eventTtlSeconds } from '../../core/event/kind.ts';
import { validateNamespaceMatches, validateNewStyle } from '../../core/event/validate.ts';
import { defineKind } from '../../define-kind.ts';
import type { Findings } from '../../field-rules.ts';
import type { Kind } from '../../kind.ts';
import { fromCoreEvent, toCoreEvent } from './convert.ts';

const forOldRecorders = ['deprecatedFirstTimestamp', 'deprecatedLastTimestamp', 'deprecatedCount'] as const;

function* validateCreate(event: Event): Findings {
  if (!event.eventTime) yield fieldErrors.required('eventTime');
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    yield fieldErrors.invalid('type', '', `has invalid value: ${event.type ?? ''}`);
  }
  if (event.series && event.series.count < 2) {
    yield fieldErrors.invalid('series.count', '', 'should be at least 2');
  }
  for (const name of forOldRecorders) {
    if (event[name]) yield fieldErrors.invalid(name, '', 'needs to be unset');
  }
  if (event.deprecatedSource?.component || event.deprecatedSource?.host) {
    yield fieldErrors.invalid('deprecatedSource', '', 'needs to be unset');
  }
  yield* validateNewStyle(toCoreEvent(event), 'reportingController');
}

const fixedFields = ['regarding', 'related', 'note', 'reason', 'action', 'type', 'eventTime'] as const;

function validateUpdate(event: Event, old: Event): readonly FieldError[] {
  return fixedFields.flatMap((name) => validateImmutable(event[name], old[name], name));
}

function selectableFields(event: Event): Readonly<Record<string, string>> {
  const about = event.regarding ?? {};
  return {
    'regarding.kind': about.kind ?? '',
    'regarding.namespace': about.namespace ?? '',
    'regarding.name': about.name ?? '',
    'regarding.uid': about.uid ?? '',
    'regarding.apiVersion': about.apiVersion ?? '',
    'regarding.resourceVersion': about.resourceVersion ?? '',
    'regarding.fieldPath': about.fieldPath ?? '',
    reason: event.reason ?? '',
    reportingController: event.reportingController ?? '',
    type: event.type ?? '',
  };
}

/** The newer face of events: stored as, and the same objects as, those of the core group. */
export const eventsEventKind: Kind<Event> = defineKind({
  ref: eventsEventsV1,
  typeId: 'api.events.v1.Event',
  shortNames: ['ev'],
  createOnUpdate: true,
  ttlSeconds: eventTtlSeconds,
  storedAs: {
    ref: events,
    toStored: toCoreEvent,
    fromStored: (stored) => fromCoreEvent(stored as CoreEvent),
  },
  validateCreate: (event) => [...validateCreate(event)],
  validate: (event) => [...validateNamespaceMatches(toCoreEvent(event))],
  validateUpdate,
  selectableFields,
  columns: eventColumns.columns,
  row: (event, nowMs) => eventColumns.row(toCoreEvent(event), nowMs),
});
