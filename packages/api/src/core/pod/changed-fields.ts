import { isJsonObject } from '@trireme/base';

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.map((item, i) => [`[${i}]`, item] as const);
  return isJsonObject(value) ? Object.entries(value).map(([key, item]) => [`.${key}`, item] as const) : [];
}

function isBranch(value: unknown): boolean {
  return Array.isArray(value) || isJsonObject(value);
}

function* walk(value: unknown, old: unknown, path: string): Iterable<string> {
  if (value === old) return;
  if (!isBranch(value) || !isBranch(old)) {
    if (old !== undefined) yield `- ${path}: ${JSON.stringify(old)}`;
    if (value !== undefined) yield `+ ${path}: ${JSON.stringify(value)}`;
    return;
  }
  const before = new Map(entriesOf(old));
  const after = new Map(entriesOf(value));
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const next = `${path}${key}`;
    yield* walk(after.get(key), before.get(key), path === '' ? next.replace(/^\./, '') : next);
  }
}

/** What a value changed against an older one, a line for each removed and each added field. */
export function changedFields(value: unknown, old: unknown): string {
  return [...walk(value, old, '')].join('\n');
}
