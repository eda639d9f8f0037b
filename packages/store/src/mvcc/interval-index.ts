import type { TextRange } from './key-text.ts';

/** Whoever is interested in one range of keys. */
export interface IntervalNode<T> {
  readonly range: TextRange;
  readonly members: Set<T>;
  readonly weight: number;
  left: IntervalNode<T> | undefined;
  right: IntervalNode<T> | undefined;
  /** The largest end in this subtree; undefined: one has none. */
  maxTo: string | undefined;
}

/**
 * Members by ranges of keys: finding those whose range holds a key takes a walk down a tree, however many ranges there
 * are beside. Members with the same range share a node. A treap, ordered by (from, to), that knows the largest end below.
 */
export class IntervalIndex<T> {
  #root: IntervalNode<T> | undefined;
  #state = 0x9e3779b9;

  add(range: TextRange, member: T): void {
    const node = this.#find(range);
    if (node) node.members.add(member);
    else this.#root = this.#insert(this.#root, this.#node(range, member));
  }

  remove(range: TextRange, member: T): void {
    const node = this.#find(range);
    if (!node?.members.delete(member) || node.members.size > 0) return;
    this.#root = removeNode(this.#root, range);
  }

  /** Calls back for every member whose range holds the key. */
  visit(text: string, visit: (member: T) => void): void {
    visitNode(this.#root, text, visit);
  }

  #node(range: TextRange, member: T): IntervalNode<T> {
    // Weights keep the tree flat whatever the order of the ranges (xorshift32); they decide nothing else.
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    const links = { left: undefined, right: undefined, maxTo: range.to };
    return { range, members: new Set([member]), weight: this.#state, ...links };
  }

  #find(range: TextRange): IntervalNode<T> | undefined {
    let node = this.#root;
    while (node) {
      const order = compareRanges(range, node.range);
      if (order === 0) return node;
      node = order < 0 ? node.left : node.right;
    }
    return undefined;
  }

  #insert(root: IntervalNode<T> | undefined, node: IntervalNode<T>): IntervalNode<T> {
    if (!root) return node;
    if (compareRanges(node.range, root.range) < 0) {
      root.left = this.#insert(root.left, node);
      return root.left.weight > root.weight ? rotateRight(root, root.left) : refresh(root);
    }
    root.right = this.#insert(root.right, node);
    return root.right.weight > root.weight ? rotateLeft(root, root.right) : refresh(root);
  }
}

function compareRanges(a: TextRange, b: TextRange): number {
  if (a.from !== b.from) return a.from < b.from ? -1 : 1;
  if (a.to === b.to) return 0;
  return a.to !== undefined && (b.to === undefined || a.to < b.to) ? -1 : 1;
}

function largerTo(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || b === undefined ? undefined : a > b ? a : b;
}

function refresh<T>(node: IntervalNode<T>): IntervalNode<T> {
  node.maxTo = node.range.to;
  if (node.left) node.maxTo = largerTo(node.maxTo, node.left.maxTo);
  if (node.right) node.maxTo = largerTo(node.maxTo, node.right.maxTo);
  return node;
}

function rotateRight<T>(root: IntervalNode<T>, left: IntervalNode<T>): IntervalNode<T> {
  root.left = left.right;
  left.right = refresh(root);
  return refresh(left);
}

function rotateLeft<T>(root: IntervalNode<T>, right: IntervalNode<T>): IntervalNode<T> {
  root.right = right.left;
  right.left = refresh(root);
  return refresh(right);
}

function removeNode<T>(root: IntervalNode<T> | undefined, range: TextRange): IntervalNode<T> | undefined {
  if (!root) return undefined;
  const order = compareRanges(range, root.range);
  if (order === 0) return merge(root.left, root.right);
  if (order < 0) root.left = removeNode(root.left, range);
  else root.right = removeNode(root.right, range);
  return refresh(root);
}

function merge<T>(left: IntervalNode<T> | undefined, right: IntervalNode<T> | undefined): IntervalNode<T> | undefined {
  if (!left || !right) return left ?? right;
  if (left.weight > right.weight) {
    left.right = merge(left.right, right);
    return refresh(left);
  }
  right.left = merge(left, right.left);
  return refresh(right);
}

function visitNode<T>(node: IntervalNode<T> | undefined, text: string, visit: (member: T) => void): void {
  let at = node;
  while (at) {
    // Nothing below ends behind the key.
    if (at.maxTo !== undefined && at.maxTo <= text) return;
    visitNode(at.left, text, visit);
    // Everything to the right begins behind it.
    if (at.range.from > text) return;
    if (at.range.to === undefined || text < at.range.to) for (const member of at.members) visit(member);
    at = at.right;
  }
}
