import { defineConfig, mergeConfig } from 'vitest/config';
import common from '../../vitest.config.ts';

// Each file has three processes of its own; one file after another, since what is measured here is not speed.
export default mergeConfig(
  common,
  defineConfig({ test: { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 } }),
);
