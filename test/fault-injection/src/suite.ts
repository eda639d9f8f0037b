import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeReport } from './arena/report.ts';
import { type Driver, openDriver } from './driver.ts';
import { type FaultName, faults } from './faults/registry.ts';
import { whyNot } from './yard/open-yard.ts';

const reason = whyNot();
/** Every wait inside is bounded by itself, and says what it waited for: this only stops what hangs. */
const faultMs = 150_000;

/** One fault after another, on one cluster, whose whole history is judged after each. */
export function faultSuite(title: string, names: readonly FaultName[]): void {
  if (reason)
    console.error(`\n*** SKIPPED: faults to real processes (${title}): ${reason}. It needs Linux and root. ***\n`);
  describe.skipIf(reason)(title, () => {
    let driver: Driver;
    beforeAll(async () => {
      driver = await openDriver();
    });
    afterAll(async () => {
      const kept = await driver?.close();
      if (kept) console.error(`logs, the timeline and the history of the run are in ${kept}`);
    });
    for (const name of names)
      it(`${name}: ${faults[name].about}`, { timeout: faultMs }, async ({ skip }) => {
        const report = await driver.run(name);
        console.log(describeReport(report));
        if (report.skipped) skip(report.skipped);
        expect(report.problems).toEqual([]);
        // A run in which nothing happened proves nothing.
        expect(report.acknowledged).toBeGreaterThan(50);
      });
  });
}
