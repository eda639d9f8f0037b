import { isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import { keyElement, valueElement } from './fields-v1.ts';
import type { Shape } from './shape.ts';

/** Keys of lists that have a default: what a client leaves out still tells elements apart. */
const keyDefaults: Readonly<Record<string, JsonValue>> = { protocol: 'TCP' };

/** A value looked at through its shape: its children by path element, or one leaf. */
export type View =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'map'; readonly entries: JsonObject }
  | { readonly kind: 'list'; readonly items: readonly JsonValue[] };

const leaf = { kind: 'leaf' } as const;

/** Empty and null lists and maps are leaves, and so is what does not fit its shape. */
export function viewOf(value: JsonValue | undefined, shape: Shape): View {
  if (shape.kind === 'leaf') return leaf;
  if (shape.kind === 'list' || shape.kind === 'set') {
    return Array.isArray(value) && value.length > 0 ? { kind: 'list', items: value } : leaf;
  }
  return isJsonObject(value) && Object.keys(value).length > 0 ? { kind: 'map', entries: value } : leaf;
}

function fits(value: JsonValue | undefined, kind: 'map' | 'list'): boolean {
  if (value === undefined || value === null) return true;
  return kind === 'map' ? isJsonObject(value) : Array.isArray(value);
}

/** Two versions of one place: looked into where either has something inside and the other is no other thing. */
export function viewPair(
  left: JsonValue | undefined,
  right: JsonValue | undefined,
  shape: Shape,
): { readonly kind: 'leaf' } | { readonly kind: 'map' | 'list'; readonly left: View; readonly right: View } {
  const [a, b] = [viewOf(left, shape), viewOf(right, shape)];
  const kind = a.kind === 'leaf' ? b.kind : a.kind;
  if (kind === 'leaf' || !fits(left, kind) || !fits(right, kind)) return leaf;
  return { kind, left: a, right: b };
}

/** The path element of a list's item; undefined where the item lacks its keys or has another type than they ask. */
export function itemElement(item: JsonValue, shape: Shape): string | undefined {
  if (shape.kind === 'set') return valueElement(item);
  if (shape.kind !== 'list' || !isJsonObject(item)) return undefined;
  const key: Record<string, JsonValue> = {};
  for (const name of shape.keys) {
    const value = item[name] ?? keyDefaults[name];
    if (value !== undefined && value !== null) key[name] = value;
  }
  return Object.keys(key).length === 0 ? undefined : keyElement(key);
}

/** Path elements of a list's items, in order; items without keys go by their index. */
export function elementsOf(items: readonly JsonValue[], shape: Shape): readonly string[] {
  return items.map((item, i) => itemElement(item, shape) ?? `i:${i}`);
}

/**
 * Children by path element, in order. One element may have several items: a pod's env may repeat names, although no
 * configuration that is applied may.
 */
export function childrenOf(view: View, shape: Shape): ReadonlyMap<string, readonly JsonValue[]> {
  const children = new Map<string, readonly JsonValue[]>();
  if (view.kind === 'map') {
    for (const [name, value] of Object.entries(view.entries)) {
      if (value !== undefined) children.set(`f:${name}`, [value]);
    }
  } else if (view.kind === 'list') {
    for (const [i, element] of elementsOf(view.items, shape).entries()) {
      children.set(element, [...(children.get(element) ?? []), view.items[i] as JsonValue]);
    }
  }
  return children;
}
