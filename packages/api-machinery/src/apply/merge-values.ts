import type { JsonValue } from '@trireme/base';
import type { FieldSet } from './field-set.ts';
import { type Shape, shapeBelow } from './shape.ts';
import { childrenOf, elementsOf, type View, viewOf, viewPair } from './typed-value.ts';

/** A place in a merged list: an element of the configuration, or a live item that the configuration does not name. */
type Place = { readonly applied: string } | { readonly live: number };

/**
 * The order of a merged list: the applied order, and between its elements those of the live list that the
 * configuration does not name, each where the live list had it. Live elements may repeat.
 */
function mergedOrder(live: readonly string[], applied: readonly string[]): readonly Place[] {
  const inApplied = new Set(applied);
  const inLive = new Set(live);
  const shared = applied.filter((element) => inLive.has(element));
  const result: Place[] = [];
  const taken = new Set<string>();
  let sharedAt = 0;
  let i = 0;
  let j = 0;
  const take = (element: string): void => {
    result.push({ applied: element });
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
      result.push({ live: i });
      i++;
    } else if (left !== undefined && (taken.has(left) || (right !== undefined && shared[sharedAt] !== left))) i++;
    else if (right !== undefined) {
      take(right);
      j++;
    } else i++;
  }
  return result;
}

function mergeLists(live: View, applied: View, shape: Shape): JsonValue | undefined {
  const items = live.kind === 'list' ? live.items : [];
  const elements = elementsOf(items, shape);
  const over = childrenOf(applied, shape);
  return mergedOrder(elements, [...over.keys()]).flatMap((place) => {
    if ('live' in place) return [items[place.live] as JsonValue];
    const at = elements.indexOf(place.applied);
    // Of repeated items none is the one to merge with: the configuration takes the place of all.
    const old = at >= 0 && elements.indexOf(place.applied, at + 1) < 0 ? items[at] : undefined;
    const item = mergeValues(old, over.get(place.applied)?.[0], shapeBelow(shape, place.applied));
    return item === undefined ? [] : [item];
  });
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
  if (pair.kind === 'list') return mergeLists(pair.left, pair.right, shape);
  const [before, over] = [childrenOf(pair.left, shape), childrenOf(pair.right, shape)];
  const elements = new Set([...before.keys(), ...over.keys()]);
  return Object.fromEntries(
    [...elements].map((element) => [
      element.slice(2),
      mergeValues(before.get(element)?.[0], over.get(element)?.[0], shapeBelow(shape, element)),
    ]),
  );
}

/** The value without the members of `gone`; undefined where nothing is left. */
export function removeItems(value: JsonValue, gone: FieldSet, shape: Shape): JsonValue | undefined {
  const view = viewOf(value, shape);
  if (view.kind === 'leaf' || gone.children.size === 0) return value;
  const keep = (element: string, child: JsonValue): JsonValue | undefined => {
    const below = gone.children.get(element);
    if (below?.member) return undefined;
    return below ? removeItems(child, below, shapeBelow(shape, element)) : child;
  };
  if (view.kind === 'list') {
    const elements = elementsOf(view.items, shape);
    const items = view.items.flatMap((item, i) => {
      const next = keep(elements[i] as string, item);
      return next === undefined ? [] : [next];
    });
    return items.length === 0 ? undefined : items;
  }
  const kept = Object.entries(view.entries).flatMap(([name, child]) => {
    const next = child === undefined ? undefined : keep(`f:${name}`, child);
    return next === undefined ? [] : [[name, next] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
