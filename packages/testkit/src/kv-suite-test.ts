import { it } from 'vitest';

/** How a test of the suite is declared. */
export type SuiteTest = (name: string, test: () => Promise<void>) => void;

/** Where an implementation is known not to do as the suite says. */
export interface KvDifference {
  /** The whole name of the test. */
  readonly test: string;
  /** Why it is so, and why that can be lived with. */
  readonly why: string;
}

export interface SuiteTests {
  readonly it: SuiteTest;
  /** Throws where a difference names no test: it would prove nothing. */
  finish(): void;
}

/** Tests that have to pass, but for those of `differences`, which have to fail: a difference that is not seen is none. */
export function createSuiteTests(differences: readonly KvDifference[]): SuiteTests {
  const left = new Map(differences.map(({ test, why }) => [test, why]));
  return {
    it(name, test) {
      const why = left.get(name);
      left.delete(name);
      if (why === undefined) it(name, test);
      else it.fails(`differs: ${name} (${why})`, test);
    },
    finish() {
      const [unknown] = left.keys();
      if (unknown !== undefined) throw new Error(`there is no test '${unknown}' of which to differ`);
    },
  };
}
