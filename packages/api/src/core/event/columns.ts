import { ageText } from '@trireme/api-machinery';
import type { Event } from '@trireme/schema/types/core/v1';
import { defineColumns } from '../../define-columns.ts';

interface EventTimes {
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

/** Two generations of event recorders fill different fields; what they mean is the same. */
function timesOf(event: Event, nowMs: number): EventTimes {
  const first = ageText(event.firstTimestamp || event.eventTime, nowMs);
  if (event.series) {
    return { first, last: ageText(event.series.lastObservedTime, nowMs), count: event.series.count ?? 0 };
  }
  return { first, last: event.lastTimestamp ? ageText(event.lastTimestamp, nowMs) : first, count: event.count || 1 };
}

function objectCell({ involvedObject }: Event): string {
  const kind = (involvedObject.kind ?? '').toLowerCase();
  return involvedObject.name ? `${kind}/${involvedObject.name}` : kind;
}

function sourceCell(event: Event): string {
  const component = event.source?.component || event.reportingComponent || '';
  const instance = event.source?.host || event.reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}

export const eventColumns = defineColumns<Event, EventTimes>(
  [
    { name: 'Last Seen', description: 'When it last happened.', cell: (_event, _nowMs, times) => times.last },
    { name: 'Type', description: 'Normal or Warning.', cell: (event) => event.type ?? '' },
    { name: 'Reason', description: 'Why, in one word for programs.', cell: (event) => event.reason ?? '' },
    { name: 'Object', description: 'What it happened to.', cell: objectCell },
    {
      name: 'Subobject',
      wide: true,
      description: 'The part of the object it happened to.',
      cell: (event) => event.involvedObject.fieldPath ?? '',
    },
    { name: 'Source', wide: true, description: 'Who reported it.', cell: sourceCell },
    { name: 'Message', description: 'What happened, for people.', cell: (event) => (event.message ?? '').trim() },
    {
      name: 'First Seen',
      wide: true,
      description: 'When it first happened.',
      cell: (_event, _nowMs, times) => times.first,
    },
    { name: 'Count', wide: true, description: 'How often it happened.', cell: (_event, _nowMs, times) => times.count },
    {
      name: 'Name',
      wide: true,
      format: 'name',
      description: 'The name of the event.',
      cell: (event) => event.metadata.name,
    },
  ],
  timesOf,
);
