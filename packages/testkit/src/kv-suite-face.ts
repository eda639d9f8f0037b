/**
 * The compliance suite of the port `Kv`. It is a face of its own because it needs vitest, which only tests have.
 *
 * @example
 * import { kvSuite } from '@trireme/testkit/kv-suite';
 *
 * kvSuite('memory', async () => ({ kv, advance: (ms) => time.advance(ms), close: async () => kv.close() }));
 */
export { type KvSuiteOptions, kvSuite } from './kv-suite.ts';
export type { KvHarness } from './kv-suite-harness.ts';
export type { KvDifference } from './kv-suite-test.ts';
