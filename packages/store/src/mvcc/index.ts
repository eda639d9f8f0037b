/**
 * A revisioned key space with etcd v3's semantics, pure and synchronous.
 *
 * @example
 * const space = createKeySpace();
 * const put = { type: 'put', request: { key: utf8('a'), value: utf8('1') } } as const;
 * space.apply({ type: 'txn', request: { success: [put] } });
 * space.revision; // 2
 */
export { checkRange, checkTxn } from './check-request.ts';
export type { Command, CommandOutcome } from './command.ts';
export { type DamagedValue, DamagedValueError } from './damaged-value.ts';
export { buildKeySpace, createKeySpace, type KeySpace, type KeySpaceBuilder, type NamedRecord } from './key-space.ts';
export { keyText } from './key-text.ts';
export type { Lease } from './leases.ts';
export type { RangeRead } from './range.ts';
export { decodeRecord, encodeRecord, isWhole, readHead, type VersionFields } from './record.ts';
export { StateDamagedError } from './restore.ts';
export { createSortedKeys, type SortedKeys } from './sorted-keys.ts';
export { defaultCacheBytes, type KeySpaceMeta, type SpaceOptions, type StoredRecords } from './space.ts';
export type { GoneVersion } from './sweep.ts';
export { createWatchHub, type Watcher, type WatchHub } from './watch.ts';
