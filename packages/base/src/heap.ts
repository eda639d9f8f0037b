/** A priority queue: a binary heap that always knows its first item. Items equal in order come out in no particular order. */
export interface Heap<T> {
  readonly size: number;
  push(item: T): void;
  peek(): T | undefined;
  pop(): T | undefined;
  /** All items, in no particular order. */
  items(): readonly T[];
}

/** `before` says which of two items comes first; what it looks at must not change while an item is inside. */
export function createHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const heap: T[] = [];
  const at = (index: number): T => heap[index] as T;
  const swap = (i: number, j: number): void => {
    const item = at(i);
    heap[i] = at(j);
    heap[j] = item;
  };
  return {
    get size() {
      return heap.length;
    },
    push(item) {
      heap.push(item);
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1;
        if (!before(at(i), at(parent))) return;
        swap(i, parent);
        i = parent;
      }
    },
    peek: () => heap[0],
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length === 0 || last === undefined) return first;
      heap[0] = last;
      for (let i = 0; ; ) {
        const left = 2 * i + 1;
        let least = i;
        if (left < heap.length && before(at(left), at(least))) least = left;
        if (left + 1 < heap.length && before(at(left + 1), at(least))) least = left + 1;
        if (least === i) return first;
        swap(i, least);
        i = least;
      }
    },
    items: () => heap,
  };
}
