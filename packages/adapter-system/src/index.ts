/**
 * The machine's clock, randomness and standard error as ports.
 *
 * @example
 * import { createLineLogger, createSystemRandom, createSystemTime } from '@trireme/adapter-system';
 *
 * const time = createSystemTime();
 * const logger = createLineLogger({ level: 'info', format: 'text', now: time.now, write: (line) => process.stderr.write(line) });
 * logger.log('info', 'started', { id: createSystemRandom().bytes(4) });
 */
export { createLineLogger, type LineLoggerOptions } from './line-logger.ts';
export { createSystemRandom } from './system-random.ts';
export { createSystemTime } from './system-time.ts';
