import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GuideStep, masked, stepsOf } from './guide.ts';
import { type Shell, startShell } from './shell.ts';

const root = join(import.meta.dirname, '../../..');

export function readGuide(name: string): readonly GuideStep[] {
  return stepsOf(readFileSync(join(root, 'docs/guides', name), 'utf8'));
}

/** Whether all are installed; says what is skipped where they are not. */
export function hasPrograms(what: string, ...programs: readonly string[]): boolean {
  const missing = programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  if (missing.length === 0) return true;
  console.error(`\n*** "${what}" is SKIPPED: ${missing.join(', ')} not found. Install them. ***\n`);
  return false;
}

/**
 * A test for each step of a guide, in one shell. A cluster of `up` that a guide raises is called demo.
 * TRIREME_PROGRAM: another program than this checkout's to follow it with.
 */
export function follow(chosen: readonly GuideStep[]): void {
  let shell: Shell;
  let directory: string;
  let broken = false;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'guide-'));
    symlinkSync(process.env.TRIREME_PROGRAM ?? join(root, 'trireme'), join(directory, 'trireme'));
    shell = startShell(directory);
  });
  afterAll(async () => {
    if (existsSync(join(directory, '.trireme/demo'))) await shell.run('./trireme down --purge --name demo');
    shell.end();
    rmSync(directory, { recursive: true, force: true });
  });
  for (const { section, line, commands, prints } of chosen) {
    it(`line ${line}, ${section || 'at the beginning'}`, { timeout: 180_000 }, async () => {
      expect(broken, 'a step before this one failed').toBe(false);
      broken = true;
      const { code, stdout, stderr } = await shell.run(commands);
      if (process.env.GUIDE_PRINT) process.stderr.write(`\n--- line ${line}\n${stdout}\n`);
      expect(code, `${commands}\n${stdout}${stderr}`).toBe(0);
      if (prints !== undefined) expect(masked(stdout)).toBe(masked(prints));
      broken = false;
    });
  }
}
