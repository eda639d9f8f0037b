import type { Bytes } from '@trireme/base';
import type { AbstractLevel, AbstractSnapshot } from 'abstract-level';
import type { KeyBounds } from './state-keys.ts';

/** A Level database with byte keys and values ('view' encodings). Any abstract-level implementation serves. */
export type StateLevel = AbstractLevel<string | Bytes, Bytes, Bytes>;

/** What is read of the database between two turns. */
const batchEntries = 1000;
const batchBytes = 256 << 10;

export type LevelEntries = readonly (readonly [key: Bytes, value: Bytes])[];

/** Reads a range in order, in batches that one turn can take in. */
export async function* readRange(
  level: StateLevel,
  bounds: KeyBounds,
  snapshot?: AbstractSnapshot,
): AsyncGenerator<LevelEntries> {
  const iterator = level.iterator({
    ...bounds,
    ...(snapshot && { snapshot }),
    highWaterMarkBytes: batchBytes,
  } as object);
  try {
    for (;;) {
      const entries = await iterator.nextv(batchEntries);
      if (entries.length === 0) return;
      yield entries as unknown as LevelEntries;
    }
  } finally {
    await iterator.close();
  }
}

/** The database cannot read what it has written: not even which keys there are, or only some of the values. */
export function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'LEVEL_CORRUPTION') || isUnreadable(error.cause);
}

export async function lastKey(level: StateLevel, bounds: KeyBounds): Promise<Bytes | undefined> {
  const [key] = await level.keys({ ...bounds, reverse: true, limit: 1 }).all();
  return key;
}
