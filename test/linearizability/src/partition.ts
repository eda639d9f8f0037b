import type { History, Operation } from './history.ts';
import type { Partition } from './model.ts';

/**
 * One part per set of keys that operations connect: two keys are in one part when some operation touches both. That is
 * sound whatever operations do with their keys, and as fine as single keys where each touches one.
 */
export function partitionByKeys<Input, Output>(
  history: History<Input, Output>,
  keysOf: (input: Input) => readonly string[],
): readonly Partition<Input, Output>[] {
  const parents = new Map<string, string>();
  const rootOf = (key: string): string => {
    let root = key;
    for (let parent = parents.get(root); parent !== undefined && parent !== root; parent = parents.get(root)) {
      root = parent;
    }
    // Later walks are short when every key on the way points at the root.
    for (let at = key; at !== root; ) {
      const next = parents.get(at) as string;
      parents.set(at, root);
      at = next;
    }
    return root;
  };
  const touched = history.map(({ input }) => {
    const keys = keysOf(input);
    if (keys.length === 0)
      throw new Error(
        'An operation names no key, so it belongs to no partition. Leave it out, or check the whole store.',
      );
    for (const key of keys) if (!parents.has(key)) parents.set(key, key);
    for (const key of keys) parents.set(rootOf(key), rootOf(keys[0] as string));
    return keys[0] as string;
  });
  const parts = new Map<string, { keys: Set<string>; history: Operation<Input, Output>[] }>();
  for (const [index, operation] of history.entries()) {
    const root = rootOf(touched[index] as string);
    const part = parts.get(root) ?? { keys: new Set(), history: [] };
    for (const key of keysOf(operation.input)) part.keys.add(key);
    part.history.push(operation);
    parts.set(root, part);
  }
  return [...parts.values()].map(({ keys, history: own }) => ({ name: [...keys].sort().join('+'), history: own }));
}
