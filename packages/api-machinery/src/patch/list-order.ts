import { equalJson, isJsonObject, type JsonValue } from '@trireme/base';

type List = readonly JsonValue[];

/** What tells elements of a list apart: their merge key's value, or for scalars themselves. */
export function identityOf(item: JsonValue, mergeKey: string | undefined): JsonValue | undefined {
  return mergeKey !== undefined && isJsonObject(item) ? item[mergeKey] : item;
}

/** A finder of positions in a list by identity; scalars of either kind, so texts carry their type. */
function positionsIn(order: List, mergeKey: string | undefined): (item: JsonValue) => number {
  const keyOf = (item: JsonValue): string => JSON.stringify(identityOf(item, mergeKey)) ?? '';
  const positions = new Map<string, number>();
  for (const [i, item] of order.entries()) if (!positions.has(keyOf(item))) positions.set(keyOf(item), i);
  return (item) => positions.get(keyOf(item)) ?? -1;
}

/**
 * The elements of a merged list in their order: those the patch names as it names them, those only the server has as
 * it had them, and the two woven together by the server's order where it knows both, else the patch's first.
 */
export function orderMerged(merged: List, patchOrder: List, serverOrder: List, mergeKey: string | undefined): List {
  const inPatch = positionsIn(patchOrder, mergeKey);
  const inServer = positionsIn(serverOrder, mergeKey);
  const by = (position: (item: JsonValue) => number) => (a: JsonValue, b: JsonValue) => position(a) - position(b);
  const patched = merged.filter((item) => inPatch(item) >= 0).sort(by(inPatch));
  const serverOnly = merged.filter((item) => inPatch(item) < 0).sort(by(inServer));
  const result: JsonValue[] = [];
  let next = 0;
  for (const item of patched) {
    const at = inServer(item);
    while (next < serverOnly.length && at >= 0) {
      const other = inServer(serverOnly[next] as JsonValue);
      if (other >= at) break;
      result.push(serverOnly[next++] as JsonValue);
    }
    result.push(item);
  }
  return [...result, ...serverOnly.slice(next)];
}

/** Whether the patched elements stand in the order that `$setElementOrder` lists, and are all in it. */
export function followsOrder(patched: List, order: List, mergeKey: string | undefined): boolean {
  let at = 0;
  for (const item of patched) {
    const wanted = identityOf(item, mergeKey);
    while (at < order.length && !equalJson(identityOf(order[at] as JsonValue, mergeKey), wanted)) at++;
    if (at === order.length) return false;
    at++;
  }
  return true;
}
