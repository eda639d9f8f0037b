/**
 * A revisioned key space with etcd v3's semantics, pure and synchronous.
 *
 * @example
 * const space = createKeySpace();
 * const put = { type: 'put', request: { key: utf8('a'), value: utf8('1') } } as const;
 * space.apply({ type: 'txn', request: { success: [put] } });
 * space.revision; // 2
 */
export type { Change } from './change-log.ts';
export { checkRange, checkTxn } from './check-request.ts';
export type { Command, CommandOutcome } from './command.ts';
export {
  type CopyBounds,
  type CopyPart,
  createKeySpace,
  type KeySpace,
  type KeySpaceCopy,
  type KeySpaceMeta,
} from './key-space.ts';
export { keyText } from './key-text.ts';
export type { Lease } from './leases.ts';
export { createSortedKeys, type SortedKeys } from './sorted-keys.ts';
export { Version } from './version.ts';
export { createWatchHub, type Watcher, type WatchHub } from './watch.ts';
