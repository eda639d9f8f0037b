import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

it('runs the example as a newcomer does', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/operator-test.ts'], {
    cwd: root,
    // Without what vitest tells its own children.
    env: { PATH: process.env.PATH },
    timeout: 20_000,
  });
  expect(stdout).toMatch(/pass 2\n.*fail 0\n/s);
});
