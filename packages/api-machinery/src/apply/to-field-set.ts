import { isJsonObject, type JsonValue } from '@trireme/base';
import { goQuote } from '../errors/go-quote.ts';
import { asMember, emptyFieldSet, type FieldSet, fieldSetOf, leafFieldSet } from './field-set.ts';
import { fieldPathText } from './fields-v1.ts';
import { isDeclaredField, type Shape, shapeBelow } from './shape.ts';
import { childrenOf, itemElement, viewOf } from './typed-value.ts';

function isEmptyMap(value: JsonValue): boolean {
  return value === null || (isJsonObject(value) && Object.keys(value).length === 0);
}

/**
 * The paths that a configuration speaks of: its leaves, the keys of its maps and the elements of its lists. Fields that
 * only lead on to others are not in the set.
 */
export function toFieldSet(value: JsonValue, shape: Shape): FieldSet {
  const view = viewOf(value, shape);
  if (view.kind === 'leaf') return ownsEmptiness(value, shape) ? leafFieldSet : emptyFieldSet;
  const children = [...childrenOf(view, shape)].map(([element, items]): [string, FieldSet] => {
    const [child = null] = items;
    if (items.length > 1) return [element, leafFieldSet];
    const inner = toFieldSet(child, shapeBelow(shape, element));
    const itself = view.kind === 'list' || isEmptyMap(child) || !isDeclaredField(shape, element);
    return [element, itself ? asMember(inner) : inner];
  });
  return fieldSetOf(false, children);
}

/** Empty lists and maps that are owned by their parts say nothing of themselves. */
function ownsEmptiness(value: JsonValue, shape: Shape): boolean {
  if (shape.kind === 'leaf') return true;
  if (shape.kind === 'untyped') return !isEmptyMap(value);
  return false;
}

/** The members of a set, with the declared fields that lead to them: what pruning treats as one. */
export function withNamedFields(set: FieldSet, shape: Shape): FieldSet {
  const children = [...set.children].map(([element, child]): [string, FieldSet] => {
    const inner = withNamedFields(child, shapeBelow(shape, element));
    return [element, inner.children.size > 0 && isDeclaredField(shape, element) ? asMember(inner) : inner];
  });
  return fieldSetOf(set.member, children);
}

function problemOf(message: string, path: readonly string[]): string {
  const at = fieldPathText(path);
  return at === '' ? message : `${at}: ${message}`;
}

function keyProblem(item: JsonValue, shape: Extract<Shape, { kind: 'list' | 'set' }>): string {
  if (shape.kind === 'set') return 'not supported: associative list with lists as elements';
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isJsonObject(item)) return 'associative list with keys may not have non-map elements';
  const keys = shape.keys.map(goQuote).join(' ');
  return `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`;
}

function listProblems(
  items: readonly JsonValue[],
  shape: Extract<Shape, { kind: 'list' | 'set' }>,
  path: readonly string[],
): readonly string[] {
  const seen = new Set<string>();
  return items.flatMap((item, i) => {
    const element = itemElement(item, shape);
    if (element === undefined) return [problemOf(`element ${i}: ${keyProblem(item, shape)}`, path)];
    if (seen.has(element)) return [problemOf(`duplicate entries for key ${fieldPathText([element])}`, path)];
    seen.add(element);
    return typedProblems(item, shape.element, [...path, element]);
  });
}

/** Why a configuration has no field set: fields out of the schema, list elements without keys or with the same. */
export function typedProblems(value: JsonValue, shape: Shape, path: readonly string[] = []): readonly string[] {
  if (value === null || shape.kind === 'leaf' || shape.kind === 'untyped') return [];
  if (shape.kind === 'list' || shape.kind === 'set') {
    if (!Array.isArray(value)) return [problemOf(`expected list, got ${JSON.stringify(value)}`, path)];
    return listProblems(value, shape, path);
  }
  if (!isJsonObject(value)) return [problemOf(`expected map, got ${JSON.stringify(value)}`, path)];
  return Object.entries(value).flatMap(([name, child]) => {
    if (child === undefined) return [];
    const at = [...path, `f:${name}`];
    const below = shape.kind === 'struct' ? shape.field(name) : shape.element;
    return below ? typedProblems(child, below, at) : [problemOf('field not declared in schema', at)];
  });
}
