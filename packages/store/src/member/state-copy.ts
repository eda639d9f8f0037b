import { type DamagedValue, DamagedValueError, isWhole, type NamedRecord } from '../mvcc/index.ts';
import { readRange, type StateLevel } from './level-reads.ts';
import type { StateMeta } from './meta-codec.ts';
import { archiveBounds, generationBounds, readArchiveKey, readVersionKey, type VersionPlace } from './state-keys.ts';

export interface ArchivedRecord {
  readonly supersededBy: number;
  readonly record: NamedRecord;
}

/**
 * The stored state as it is at this moment, whatever is written and removed later. What it holds of the database goes when
 * it is released.
 */
export interface StateCopy {
  readonly meta: StateMeta;
  /** It holds nothing that compaction has made superfluous. */
  readonly isSwept: boolean;
  /** In order, in batches that fit one turn. A damaged one is reported, and ends it with a `DamagedValueError`. */
  records(after?: VersionPlace): AsyncIterable<readonly NamedRecord[]>;
  /** Those superseded after this revision. */
  archived(after?: number): AsyncIterable<readonly ArchivedRecord[]>;
  release(): Promise<void>;
}

export function createStateCopy(
  level: StateLevel,
  { generation, meta }: { readonly generation: number; readonly meta: StateMeta },
  isSwept: boolean,
  damaged: (value: DamagedValue) => void,
): StateCopy {
  const snapshot = level.snapshot();
  const found = (value: DamagedValue): DamagedValueError => {
    damaged(value);
    return new DamagedValueError(value);
  };
  return {
    meta,
    isSwept,
    async *records(after) {
      for await (const entries of readRange(level, generationBounds(generation, after), snapshot)) {
        const records: NamedRecord[] = [];
        for (const [key, record] of entries) {
          const name = readVersionKey(key);
          // A crash may have left behind what a checkpoint had begun to write.
          if (name.revision > meta.space.revision) continue;
          if (!isWhole(record)) throw found({ ...name, key: new Uint8Array(0) });
          records.push({ ...name, record });
        }
        yield records;
      }
    },
    async *archived(after) {
      for await (const entries of readRange(level, archiveBounds(after), snapshot)) {
        yield entries.map(([key, record]) => {
          const { revision, sub } = readVersionKey(key.subarray(4));
          return { ...readArchiveKey(key), record: { revision, sub, record } };
        });
      }
    },
    release: () => snapshot.close(),
  };
}
