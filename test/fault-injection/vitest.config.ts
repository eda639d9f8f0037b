import { defineConfig, mergeConfig } from 'vitest/config';
import common from '../../vitest.config.ts';

// Each file has a cluster of its own; one after another, since what is watched here is how long things take.
export default mergeConfig(
  common,
  defineConfig({ test: { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 } }),
);
