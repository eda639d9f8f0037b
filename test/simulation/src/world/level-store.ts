import { type Bytes, compareBytes } from '@trireme/base';
import type { SeededRandom } from '@trireme/testkit';

export interface LevelEntry {
  readonly key: Bytes;
  value: Bytes;
}

export type LevelChange =
  | { readonly type: 'put'; readonly key: Bytes; readonly value: Bytes }
  | { readonly type: 'del'; readonly key: Bytes };

export interface LevelRange {
  readonly gt?: Bytes;
  readonly gte?: Bytes;
  readonly lt?: Bytes;
  readonly lte?: Bytes;
}

/**
 * What a LevelDB holds, and what of it a power failure takes: batches are atomic and keep their order, the newest that
 * were not synced may be lost, and a synced batch makes all before it durable.
 */
export interface LevelStore {
  get(key: Bytes): Bytes | undefined;
  /** A copy as of now. */
  range(range: LevelRange): LevelEntry[];
  write(changes: readonly LevelChange[], sync: boolean): void;
  crash(random: SeededRandom): void;
  readonly size: number;
  at(index: number): LevelEntry | undefined;
}

type Undo = readonly { readonly key: Bytes; readonly before: Bytes | undefined }[];

export function createLevelStore(): LevelStore {
  let entries: LevelEntry[] = [];
  let unsynced: Undo[] = [];
  /** The place of the key, or where it would be. */
  const find = (key: Bytes): number => {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareBytes((entries[middle] as LevelEntry).key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const has = (index: number, key: Bytes): boolean =>
    index < entries.length && compareBytes((entries[index] as LevelEntry).key, key) === 0;
  /** Returns what was there. */
  const set = (key: Bytes, value: Bytes | undefined): Bytes | undefined => {
    const index = find(key);
    const before = has(index, key) ? (entries[index] as LevelEntry).value : undefined;
    if (value === undefined) {
      if (before !== undefined) entries.splice(index, 1);
    } else if (before === undefined) entries.splice(index, 0, { key, value });
    else entries[index] = { key, value };
    return before;
  };
  return {
    get size() {
      return entries.length;
    },
    at: (index) => entries[index],
    get(key) {
      const index = find(key);
      return has(index, key) ? (entries[index] as LevelEntry).value : undefined;
    },
    range({ gt, gte, lt, lte }) {
      let from = gte ? find(gte) : gt ? find(gt) : 0;
      if (!gte && gt && has(from, gt)) from += 1;
      let to = lt ? find(lt) : lte ? find(lte) : entries.length;
      if (!lt && lte && has(to, lte)) to += 1;
      return entries.slice(from, Math.max(from, to));
    },
    write(changes, sync) {
      const undo = changes.map((change) => {
        const key = change.key.slice();
        const before = set(key, change.type === 'put' ? change.value.slice() : undefined);
        return { key, before };
      });
      if (sync) unsynced = [];
      else if (undo.length > 0) unsynced.push(undo);
    },
    crash(random) {
      let lost = random.below(unsynced.length + 1);
      for (; lost > 0; lost--) for (const { key, before } of (unsynced.pop() as Undo).toReversed()) set(key, before);
      unsynced = [];
      entries = entries.slice();
    },
  };
}
