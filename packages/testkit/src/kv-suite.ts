import { afterEach, describe, expect } from 'vitest';
import { rangeTests, txnTests } from './kv-suite-data.ts';
import { createScope, type KvHarness, type Scope } from './kv-suite-harness.ts';
import { leaseTests } from './kv-suite-lease.ts';
import { createSuiteTests, type KvDifference } from './kv-suite-test.ts';
import { watchTests } from './kv-suite-watch.ts';

export interface KvSuiteOptions {
  /** Each of these has to be seen, or the suite fails. */
  readonly differences?: readonly KvDifference[];
}

/**
 * What every `Kv` must do, as vitest tests: call it in a test file of the implementation. `createHarness` is called for
 * each test; it may open a new store or hand out a shared one.
 */
export function kvSuite(name: string, createHarness: () => Promise<KvHarness>, options: KvSuiteOptions = {}): void {
  const { it, finish } = createSuiteTests(options.differences ?? []);
  describe(`${name} as a Kv`, () => {
    const harnesses: KvHarness[] = [];
    const open = async (): Promise<Scope> => {
      const harness = await createHarness();
      harnesses.push(harness);
      return createScope(harness);
    };
    afterEach(async () => {
      for (const harness of harnesses.splice(0)) await harness.close();
    });
    describe('ranges', () => rangeTests(open, it));
    describe('transactions', () => txnTests(open, it));
    describe('watches', () => watchTests(open, it));
    describe('leases', () => leaseTests(open, it));
    it('tells its status', async () => {
      const scope = await open();
      const { header } = await scope.put('a', '1');
      const status = await scope.kv.status();
      expect(status.header.revision).toBeGreaterThanOrEqual(header.revision);
      expect(status.leaderId).not.toBe(0n);
      expect(status.isLearner).toBe(false);
      expect(status.dbSizeBytes).toBeGreaterThan(0);
    });
    if (options.differences) it('differs in nothing but tests that there are', async () => finish());
  });
}
