import { parseFieldSelector, parseLabelSelector } from '@trireme/api-machinery';
import type { ApiObject } from '@trireme/schema';
import type { ListOptions } from '../api-client.ts';

/** Whether a list or watch with these options shows the object. Every field can be selected by. */
export function isSelected(object: ApiObject, options: ListOptions): boolean {
  if (options.namespace && object.metadata.namespace !== options.namespace) return false;
  if (options.labelSelector && !parseLabelSelector(options.labelSelector).matches(object.metadata.labels)) return false;
  if (!options.fieldSelector) return true;
  const selector = parseFieldSelector(options.fieldSelector);
  const fields = selector.requirements.map(({ field }) => [field, String(valueAt(object, field) ?? '')] as const);
  return selector.matches(Object.fromEntries(fields));
}

function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  return value;
}
