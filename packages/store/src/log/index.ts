/**
 * The write-ahead log: segments of checked records over the port `Disk`, one sync for all that waits.
 *
 * @example
 * const { log, contents } = await openLog({ disk, time, logger: silentLogger });
 * await log.append({ hardState: { term: 1, vote: 1, commit: 0 }, entries: [] });
 */
export { type LogBatch, packEntry, unpackEntry } from './codec.ts';
export { crc32c } from './crc32c.ts';
export { type Damage, type LogContents, LogDamagedError, type LogPlace } from './read-log.ts';
export type { Repair } from './repair-file.ts';
export { type LogDeps, type LogOptions, openLog, type WriteAheadLog } from './write-ahead-log.ts';
