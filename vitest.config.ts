import { basename, join } from 'node:path';
import { defineConfig } from 'vitest/config';

// One configuration for every package: nx starts vitest inside a package (`--root .`), and each run leaves its counts
// under dist/test-results, from where the gate adds them up.
const workspaceRoot = import.meta.dirname;

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    passWithNoTests: true,
    reporters: ['default', 'json'],
    outputFile: { json: join(workspaceRoot, 'dist/test-results', `${basename(process.cwd())}.json`) },
    pool: 'threads',
    testTimeout: 20_000,
  },
});
