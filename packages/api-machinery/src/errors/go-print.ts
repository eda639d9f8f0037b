import { isJsonObject } from '@trireme/base';

/** A JSON value as Go's %v prints it: 'map[a:1 b:[x y]]'. Some of upstream's messages show values so. */
export function goPrint(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goPrint).join(' ')}]`;
  if (!isJsonObject(value)) return String(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goPrint(value[key])}`);
  return `map[${entries.join(' ')}]`;
}
