import type { ApiObject } from '@trireme/schema';
import type { ListOptions } from '../api-client.ts';

/** Whether a list or watch with these options shows the object. Labels: 'a=b', 'a!=b' and 'a'; fields: '=' and '!='. */
export function isSelected(object: ApiObject, options: ListOptions): boolean {
  if (options.namespace && object.metadata.namespace !== options.namespace) return false;
  const labels = object.metadata.labels ?? {};
  const label = (key: string): string | undefined => labels[key];
  const field = (path: string): string => String(valueAt(object, path) ?? '');
  return matches(options.labelSelector, label) && matches(options.fieldSelector, field);
}

function matches(selector: string | undefined, read: (key: string) => string | undefined): boolean {
  if (!selector) return true;
  return selector.split(',').every((term) => {
    const [, key = '', operator, value = ''] = /^([^=!]+)(==|=|!=)?(.*)$/.exec(term.trim()) ?? [];
    if (operator === undefined) return read(key) !== undefined;
    return (read(key) === value) === (operator !== '!=');
  });
}

function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  return value;
}
