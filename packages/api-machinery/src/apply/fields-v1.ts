import { CodedError, isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import { emptyFieldSet, type FieldSet, leafFieldSet, sortedChildren } from './field-set.ts';

/** JSON of a key with its fields in order, so that equal keys have equal texts. */
export function keyElement(key: Readonly<Record<string, JsonValue>>): string {
  const sorted = Object.keys(key)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(key[name])}`);
  return `k:{${sorted.join(',')}}`;
}

export function valueElement(value: JsonValue): string {
  return `v:${JSON.stringify(value)}`;
}

function malformed(element: string): never {
  throw new CodedError('invalid-fields', `parse FieldsV1: ${JSON.stringify(element)} is no path element`);
}

function parseJson(text: string, element: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return malformed(element);
  }
}

function canonical(element: string): string {
  const text = element.slice(2);
  switch (element.slice(0, 2)) {
    case 'k:': {
      const key = parseJson(text, element);
      return isJsonObject(key) ? keyElement(key as Record<string, JsonValue>) : malformed(element);
    }
    case 'v:':
      return valueElement(parseJson(text, element));
    case 'i:':
      return /^\d+$/.test(text) ? element : malformed(element);
    default:
      return malformed(element);
  }
}

/** {'f:a': {'.': {}, 'f:b': {}}} -> the paths a and a.b. Throws a CodedError 'invalid-fields'. */
export function parseFieldsV1(fields: unknown): FieldSet {
  return parseNode(fields, emptyFieldSet);
}

// Every write decodes the managers of its object, so this builds its maps directly.
function parseNode(fields: unknown, whenEmpty: FieldSet): FieldSet {
  if (!isJsonObject(fields)) return malformed(JSON.stringify(fields) ?? 'undefined');
  const children = new Map<string, FieldSet>();
  let member = false;
  for (const element of Object.keys(fields)) {
    if (element === '.') member = true;
    else
      children.set(element.startsWith('f:') ? element : canonical(element), parseNode(fields[element], leafFieldSet));
  }
  if (children.size > 0) return { member, children };
  return member ? leafFieldSet : whenEmpty;
}

/** The form in which managedFields carries a set. */
export function formatFieldsV1(set: FieldSet): JsonObject {
  const result: Record<string, JsonObject> = {};
  for (const [element, child] of sortedChildren(set)) {
    const inner = child.children.size === 0 ? {} : formatFieldsV1(child);
    result[element] = child.member && child.children.size > 0 ? { '.': {}, ...inner } : inner;
  }
  return result;
}

function elementText(element: string): string {
  const text = element.slice(2);
  switch (element.charAt(0)) {
    case 'k': {
      const key = JSON.parse(text) as Record<string, JsonValue>;
      return `[${Object.entries(key)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`;
    }
    case 'v':
      return `[=${text}]`;
    case 'i':
      return `[${text}]`;
    default:
      return `.${text}`;
  }
}

/** '.spec.containers[name="web"].image': how conflicts name a path. */
export function fieldPathText(path: readonly string[]): string {
  return path.map(elementText).join('');
}
