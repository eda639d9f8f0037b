import { defineConfig, mergeConfig } from 'vitest/config';
import common from '../../vitest.config.ts';

// One real cluster for all files, raised before the first and taken down after the last; files run one after another,
// in the order of their names: what breaks things comes last.
export default mergeConfig(
  common,
  defineConfig({
    test: {
      globalSetup: ['./src/global-setup.ts'],
      fileParallelism: false,
      testTimeout: 120_000,
      hookTimeout: 300_000,
      sequence: { concurrent: false, shuffle: false },
    },
  }),
);
