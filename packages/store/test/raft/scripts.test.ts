import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScript } from './script-runner.ts';

const directory = join(import.meta.dirname, 'testdata');

describe('protocol scripts', () => {
  for (const name of readdirSync(directory)) {
    it(name, () => {
      const path = join(directory, name);
      const text = readFileSync(path, 'utf8');
      const result = runScript(text);
      // TRIREME_REWRITE=1 writes what happens now; the difference is then reviewed.
      if (process.env.TRIREME_REWRITE) writeFileSync(path, result);
      else expect(result).toBe(text);
    });
  }
});
