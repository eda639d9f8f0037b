import { ageText } from '@trireme/api-machinery';
import type { ApiObject } from '@trireme/schema';
import type { Container, PodTemplateSpec } from '@trireme/schema/types/core/v1';
import type { Cell, ColumnDefinition } from './define-columns.ts';

export function orNone(text: string | undefined): string {
  return text || '<none>';
}

/** 'a=1,b=2' in the order of the keys; '<none>' for none. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return orNone(pairs.map(([key, value]) => `${key}=${value}`).join(','));
}

/** The first items, and how many more there are. */
export function firstFew(items: readonly string[], limit: number): string {
  const shown = items.slice(0, limit).join(',');
  return items.length > limit ? `${shown} + ${items.length - limit} more...` : shown;
}

export const nameColumn: ColumnDefinition<ApiObject, unknown> = {
  name: 'Name',
  format: 'name',
  description: 'The name of the object, unique among its kind in its namespace.',
  cell: (object) => object.metadata.name,
};

export const ageColumn: ColumnDefinition<ApiObject, unknown> = {
  name: 'Age',
  description: 'How long ago the object was created.',
  cell: (object, nowMs) => ageText(object.metadata.creationTimestamp, nowMs),
};

/** Kinds that have no columns of their own show their name and when they were made. */
export const createdAtColumn: ColumnDefinition<ApiObject, unknown> = {
  name: 'Created At',
  type: 'date',
  description: 'When the object was created, as RFC 3339 in UTC.',
  cell: (object) => object.metadata.creationTimestamp ?? null,
};

interface Templated extends ApiObject {
  readonly spec: { readonly template?: PodTemplateSpec | undefined };
}

const containersOf = (object: Templated): readonly Container[] => object.spec.template?.spec?.containers ?? [];

export const containersColumn: ColumnDefinition<Templated, unknown> = {
  name: 'Containers',
  wide: true,
  description: 'The names of the containers in the pod template.',
  cell: (object): Cell =>
    containersOf(object)
      .map((container) => container.name)
      .join(','),
};

export const imagesColumn: ColumnDefinition<Templated, unknown> = {
  name: 'Images',
  wide: true,
  description: 'The images of the containers in the pod template.',
  cell: (object): Cell =>
    containersOf(object)
      .map((container) => container.image ?? '')
      .join(','),
};
