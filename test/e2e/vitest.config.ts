import { defineConfig, mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import common from '../../vitest.config.ts';

// One real cluster for all files, raised before the first and taken down after the last; files run one after another,
// in the order of their names: what breaks things comes last.
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
  }
}

export default mergeConfig(
  common,
  defineConfig({
    test: {
      globalSetup: ['./src/global-setup.ts'],
      fileParallelism: false,
      testTimeout: 120_000,
      hookTimeout: 300_000,
      sequence: { sequencer: ByName, concurrent: false, shuffle: false },
    },
  }),
);
