/**
 * A set of paths in an object, as a tree of path elements in the form of FieldsV1: 'f:name' a field, 'k:{...}' an
 * element of a keyed list, 'v:...' a value of a set, 'i:0' an index. Immutable; a child is never empty.
 */
export interface FieldSet {
  /** Whether the path that leads here is in the set itself. */
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

const noChildren: ReadonlyMap<string, FieldSet> = new Map();

export const emptyFieldSet: FieldSet = { member: false, children: noChildren };
/** The set of the path that leads here, and no other. */
export const leafFieldSet: FieldSet = { member: true, children: noChildren };

export function isEmptyFieldSet(set: FieldSet): boolean {
  return !set.member && set.children.size === 0;
}

/** A set of these children; empty ones are left out. */
export function fieldSetOf(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  const kept = new Map<string, FieldSet>();
  for (const [element, child] of children) if (!isEmptyFieldSet(child)) kept.set(element, child);
  if (kept.size === 0) return member ? leafFieldSet : emptyFieldSet;
  return { member, children: kept };
}

export function asMember(set: FieldSet): FieldSet {
  return set.member ? set : { member: true, children: set.children };
}

/** The set of these paths, each a list of path elements. */
export function fieldSetOfPaths(paths: Iterable<readonly string[]>): FieldSet {
  let set = emptyFieldSet;
  for (const path of paths) {
    set = unionFieldSets(
      set,
      path.reduceRight<FieldSet>(
        (inner, element) => ({ member: false, children: new Map([[element, inner]]) }),
        leafFieldSet,
      ),
    );
  }
  return set;
}

export function unionFieldSets(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptyFieldSet(b)) return a;
  if (isEmptyFieldSet(a)) return b;
  const children = new Map(a.children);
  for (const [element, child] of b.children) {
    const other = children.get(element);
    children.set(element, other ? unionFieldSets(other, child) : child);
  }
  return { member: a.member || b.member, children };
}

export function intersectFieldSets(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const children: [string, FieldSet][] = [];
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (other) children.push([element, intersectFieldSets(child, other)]);
  }
  return fieldSetOf(a.member && b.member, children);
}

/** The paths of `a` that are not in `b`; what lies below a path of `b` stays. Nothing in common: `a` itself. */
export function subtractFieldSets(a: FieldSet, b: FieldSet): FieldSet {
  let children: Map<string, FieldSet> | undefined;
  for (const [element, other] of b.children) {
    const child = a.children.get(element);
    const left = child && subtractFieldSets(child, other);
    if (!left || left === child) continue;
    children ??= new Map(a.children);
    if (isEmptyFieldSet(left)) children.delete(element);
    else children.set(element, left);
  }
  const member = a.member && !b.member;
  return children || member !== a.member ? fieldSetOf(member, children ?? a.children) : a;
}

/** The paths of `a` that are neither in `b` nor below a path of `b`. */
export function subtractFieldSetsDeep(a: FieldSet, b: FieldSet): FieldSet {
  if (b.member) return emptyFieldSet;
  if (isEmptyFieldSet(b)) return a;
  const children = [...a.children].map(([element, child]): [string, FieldSet] => {
    const other = b.children.get(element);
    return [element, other ? subtractFieldSetsDeep(child, other) : child];
  });
  return fieldSetOf(a.member, children);
}

export function equalFieldSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (!other || !equalFieldSets(child, other)) return false;
  }
  return true;
}

export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let at: FieldSet | undefined = set;
  for (const element of path) at = at?.children.get(element);
  return at?.member ?? false;
}

const ranks: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 };

/** Fields, then keys, then values, then indexes, each in the order of their text. */
export function sortedChildren(set: FieldSet): readonly (readonly [string, FieldSet])[] {
  const rank = (element: string): number => ranks[element.charAt(0)] ?? 4;
  return [...set.children].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}

/** Every path of the set, in order. */
export function* fieldPathsOf(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  if (set.member) yield prefix;
  for (const [element, child] of sortedChildren(set)) yield* fieldPathsOf(child, [...prefix, element]);
}
