import { events } from '@trireme/schema/resources';
import type { Event } from '@trireme/schema/types/core/v1';
import { defineKind } from '../../define-kind.ts';
import type { Kind } from '../../kind.ts';
import { eventColumns } from './columns.ts';
import { validateCoreEvent } from './validate.ts';

/** Events tell of the moment; after an hour they are gone. */
export const eventTtlSeconds = 3600;

function selectableFields(event: Event): Readonly<Record<string, string>> {
  const about = event.involvedObject;
  return {
    'involvedObject.kind': about.kind ?? '',
    'involvedObject.namespace': about.namespace ?? '',
    'involvedObject.name': about.name ?? '',
    'involvedObject.uid': about.uid ?? '',
    'involvedObject.apiVersion': about.apiVersion ?? '',
    'involvedObject.resourceVersion': about.resourceVersion ?? '',
    'involvedObject.fieldPath': about.fieldPath ?? '',
    reason: event.reason ?? '',
    reportingComponent: event.reportingComponent ?? '',
    source: event.source?.component || event.reportingComponent || '',
    type: event.type ?? '',
  };
}

export const eventKind: Kind<Event> = defineKind({
  ref: events,
  typeId: 'api.core.v1.Event',
  shortNames: ['ev'],
  createOnUpdate: true,
  ttlSeconds: eventTtlSeconds,
  validate: (event) => [...validateCoreEvent(event)],
  selectableFields,
  ...eventColumns,
});
