import type { TextRange } from './key-text.ts';

const maxBlock = 512;

/**
 * An ordered map in two levels: a list of sorted blocks of some hundred items. Finding is two binary searches, inserting
 * moves at most one block. Up to some million keys this is as fast as a B-tree and much smaller.
 */
export interface SortedKeys<T extends { readonly text: string }> {
  readonly size: number;
  get(text: string): T | undefined;
  /** The item must not be there yet. */
  insert(item: T): void;
  remove(text: string): void;
  /** Visits in order until `visit` returns false. The items must not be added or removed meanwhile. */
  visit(range: TextRange, visit: (item: T) => boolean | undefined): void;
}

export function createSortedKeys<T extends { readonly text: string }>(): SortedKeys<T> {
  // Never empty, except for the only block of an empty map.
  const blocks: T[][] = [[]];
  let size = 0;

  /** The block that holds `text`, or would. */
  const blockOf = (text: string): number => {
    let low = 0;
    let high = blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (((blocks[middle] as T[])[0] as T).text <= text) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  /** The first place in the block whose text is not below. */
  const placeIn = (block: readonly T[], text: string): number => {
    let low = 0;
    let high = block.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((block[middle] as T).text < text) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    get size() {
      return size;
    },
    get(text) {
      const block = blocks[blockOf(text)] as T[];
      const item = block[placeIn(block, text)];
      return item?.text === text ? item : undefined;
    },
    insert(item) {
      const at = blockOf(item.text);
      const block = blocks[at] as T[];
      block.splice(placeIn(block, item.text), 0, item);
      size += 1;
      if (block.length <= maxBlock) return;
      // Keys often come in order, so the block that grows at its end is left nearly full.
      const cut = block.at(-1) === item && at === blocks.length - 1 ? maxBlock - 16 : maxBlock >> 1;
      blocks.splice(at + 1, 0, block.splice(cut));
    },
    remove(text) {
      const at = blockOf(text);
      const block = blocks[at] as T[];
      const place = placeIn(block, text);
      if (block[place]?.text !== text) return;
      block.splice(place, 1);
      size -= 1;
      if (block.length === 0 && blocks.length > 1) blocks.splice(at, 1);
    },
    visit(range, visit) {
      let at = blockOf(range.from);
      let place = placeIn(blocks[at] as T[], range.from);
      for (; at < blocks.length; at++, place = 0) {
        const block = blocks[at] as T[];
        for (; place < block.length; place++) {
          const item = block[place] as T;
          if (range.to !== undefined && item.text >= range.to) return;
          if (visit(item) === false) return;
        }
      }
    },
  };
}
