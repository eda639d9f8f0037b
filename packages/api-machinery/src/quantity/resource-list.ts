import { formatQuantity } from './format-quantity.ts';
import { parseQuantity } from './parse-quantity.ts';
import {
  addQuantities,
  compareQuantities,
  type Quantity,
  quantityMilliValue,
  quantityValue,
  subtractQuantities,
  zeroQuantity,
} from './quantity.ts';

/** Amounts by resource, as the API writes them: {cpu: '500m', memory: '64Mi'}. */
export type ResourceList = { readonly [resource: string]: string };

/** The same, parsed. Never changed in place. */
export type Resources = ReadonlyMap<string, Quantity>;

/** Throws QuantityError where a value is no quantity; validated objects hold none such. */
export function parseResources(list: ResourceList | undefined): Resources {
  return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(String(text))]));
}

export function formatResources(resources: Resources): ResourceList {
  return Object.fromEntries([...resources].map(([name, quantity]) => [name, formatQuantity(quantity)]));
}

function combine(a: Resources, b: Resources, join: (x: Quantity, y: Quantity) => Quantity): Resources {
  const result = new Map(a);
  for (const [name, quantity] of b) result.set(name, join(a.get(name) ?? zeroQuantity, quantity));
  return result;
}

export function addResources(a: Resources, b: Resources): Resources {
  return combine(a, b, addQuantities);
}

/** What is in `b` only counts below zero. */
export function subtractResources(a: Resources, b: Resources): Resources {
  return combine(a, b, subtractQuantities);
}

/** The larger of each, as init containers and containers share a pod's requests. */
export function maxResources(a: Resources, b: Resources): Resources {
  const result = new Map(a);
  for (const [name, quantity] of b) {
    const other = a.get(name);
    if (!other || compareQuantities(quantity, other) > 0) result.set(name, quantity);
  }
  return result;
}

/** The names of `asked` that `available` does not cover, in their order. Absent counts as zero. */
export function exceedingResources(asked: Resources, available: Resources): readonly string[] {
  return [...asked]
    .filter(([name, quantity]) => compareQuantities(quantity, available.get(name) ?? zeroQuantity) > 0)
    .map(([name]) => name);
}

/** One amount as schedulers and cgroups count it: CPU in thousandths, all else in units. */
export function resourceCount(resources: Resources, name: string): number {
  const quantity = resources.get(name);
  if (!quantity) return 0;
  return name === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity);
}
