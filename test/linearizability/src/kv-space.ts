import type { Bytes } from '@trireme/base';
import type { KeyRange, KeyValue, Revision } from '@trireme/ports';
import { keyText } from './kv-history.ts';

/** What a key became at a revision; undefined for deleted. */
export type Changes = ReadonlyMap<string, KeyValue | undefined>;

/** Live keys of a range, in key order. */
export interface KvView {
  read(range: KeyRange): readonly KeyValue[];
}

/** Every version of every key, so that the past can be read and a wrong guess taken back. */
export interface KvSpace {
  readonly revision: Revision;
  at(revision: Revision): KvView;
  /** `changes` become the next revision. */
  write(changes: Changes): void;
  /** Forgets all revisions above `revision`. */
  rollBack(revision: Revision): void;
}

interface Version {
  readonly revision: Revision;
  readonly kv: KeyValue | undefined;
}

/** Where a history starts: `emptyStore`, or what a store held. */
export interface KvStart {
  readonly revision: Revision;
  readonly kvs: readonly KeyValue[];
}

export const emptyStore: KvStart = { revision: 1, kvs: [] };

export function createKvSpace(start: KvStart = emptyStore): KvSpace {
  const versions = new Map<string, Version[]>();
  const changed: string[][] = [];
  // Keys in order; a key whose versions were all taken back stays, and reads as absent.
  let keys: string[] = start.kvs.map((kv) => keyText(kv.key)).sort();
  for (const kv of start.kvs) versions.set(keyText(kv.key), [{ revision: start.revision, kv }]);
  const readKey = (key: string, revision: Revision): KeyValue | undefined =>
    versions.get(key)?.findLast((version) => version.revision <= revision)?.kv;
  return {
    get revision() {
      return start.revision + changed.length;
    },
    at: (revision) => ({
      read(range) {
        if (isSingleKey(range)) {
          const kv = readKey(keyText(range.key), revision);
          return kv ? [kv] : [];
        }
        const within = createRangeTest(range);
        return keys.filter(within).flatMap((key) => readKey(key, revision) ?? []);
      },
    }),
    write(changes) {
      const revision = start.revision + changed.length + 1;
      changed.push([...changes.keys()]);
      for (const [key, kv] of changes) {
        const own = versions.get(key);
        if (own) own.push({ revision, kv });
        else {
          versions.set(key, [{ revision, kv }]);
          keys = [...keys, key].sort();
        }
      }
    },
    rollBack(revision) {
      while (start.revision + changed.length > revision) {
        for (const key of changed.pop() ?? []) versions.get(key)?.pop();
      }
    },
  };
}

export function isSingleKey(range: KeyRange): boolean {
  return range.rangeEnd === undefined || range.rangeEnd.length === 0;
}

/** Tells the keys of a range, as `keyText` writes them. */
export function createRangeTest({ key, rangeEnd }: KeyRange): (key: string) => boolean {
  const first = keyText(key);
  if (isSingleKey({ key, rangeEnd })) return (candidate) => candidate === first;
  const end = keyText(rangeEnd as Bytes);
  return end === '\0' ? (candidate) => candidate >= first : (candidate) => candidate >= first && candidate < end;
}
