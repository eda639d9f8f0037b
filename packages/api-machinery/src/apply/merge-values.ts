import type { JsonValue } from '@trireme/base';
import type { FieldSet } from './field-set.ts';
import { type Shape, shapeBelow } from './shape.ts';
import { childrenOf, viewOf, viewPair } from './typed-value.ts';

/**
 * The order of a merged list: the applied order, and between its elements those of the live list that the
 * configuration does not name, each where the live list had it.
 */
function mergedOrder(live: readonly string[], applied: readonly string[]): readonly string[] {
  const inApplied = new Set(applied);
  const inLive = new Set(live);
  const shared = applied.filter((element) => inLive.has(element));
  const result: string[] = [];
  const taken = new Set<string>();
  let sharedAt = 0;
  let i = 0;
  let j = 0;
  const take = (element: string): void => {
    result.push(element);
    taken.add(element);
    if (element === shared[sharedAt]) sharedAt++;
  };
  while (i < live.length || j < applied.length) {
    const left = live[i];
    const right = applied[j];
    if (left !== undefined && left === right) {
      take(left);
      i++;
      j++;
    } else if (left !== undefined && !inApplied.has(left)) {
      result.push(left);
      i++;
    } else if (left !== undefined && (taken.has(left) || (right !== undefined && shared[sharedAt] !== left))) i++;
    else if (right !== undefined) {
      take(right);
      j++;
    } else i++;
  }
  return result;
}

/** The live value with an applied configuration laid over it. Undefined is what is not there. */
export function mergeValues(
  live: JsonValue | undefined,
  applied: JsonValue | undefined,
  shape: Shape,
): JsonValue | undefined {
  if (applied === undefined || live === applied) return live;
  if (live === undefined) return applied;
  const pair = viewPair(live, applied, shape);
  if (pair.kind === 'leaf') return applied;
  const [before, over] = [childrenOf(pair.left, shape), childrenOf(pair.right, shape)];
  const merge = (element: string): JsonValue | undefined =>
    mergeValues(before.get(element), over.get(element), shapeBelow(shape, element));
  if (pair.kind === 'map') {
    const elements = new Set([...before.keys(), ...over.keys()]);
    return Object.fromEntries([...elements].map((element) => [element.slice(2), merge(element)]));
  }
  return mergedOrder([...before.keys()], [...over.keys()]).flatMap((element) => {
    const item = merge(element);
    return item === undefined ? [] : [item];
  });
}

/** The value without the members of `gone`; undefined where nothing is left. */
export function removeItems(value: JsonValue, gone: FieldSet, shape: Shape): JsonValue | undefined {
  const view = viewOf(value, shape);
  if (view.kind === 'leaf' || gone.children.size === 0) return value;
  const kept: [string, JsonValue][] = [];
  for (const [element, child] of childrenOf(view, shape)) {
    const below = gone.children.get(element);
    if (below?.member) continue;
    const next = below ? removeItems(child, below, shapeBelow(shape, element)) : child;
    if (next !== undefined) kept.push([element, next]);
  }
  if (kept.length === 0) return undefined;
  if (view.kind === 'list') return kept.map(([, item]) => item);
  return Object.fromEntries(kept.map(([element, item]) => [element.slice(2), item]));
}
