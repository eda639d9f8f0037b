import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';

const program = `
  import { join } from 'node:path';
  const { openWorkshop } = await import(process.argv[1]);
  const workshop = await openWorkshop(process.argv[2]);
  const child = workshop.run({ program: 'sleep', args: ['60'] }, join(workshop.folder, 'log'));
  console.log([child.pid, workshop.folder].join(' '));
  setInterval(() => undefined, 1000);
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a benchmark that is killed', () => {
  it('leaves no process and no folder', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'trireme-sweeper-test-'));
    const module = join(import.meta.dirname, 'processes.ts');
    const bench = spawn(process.execPath, ['--input-type=module', '-e', program, module, parent]);
    try {
      const [said = ''] = await new Promise<string[]>((resolve) => {
        createInterface(bench.stdout).once('line', (line) => resolve([line]));
      });
      const [pid, folder = ''] = said.split(' ');
      expect([isAlive(Number(pid)), existsSync(folder)]).toEqual([true, true]);
      bench.kill('SIGKILL');
      await expect.poll(() => isAlive(Number(pid)) || existsSync(folder), { timeout: 5_000 }).toBe(false);
    } finally {
      bench.kill('SIGKILL');
      await rm(parent, { recursive: true, force: true });
    }
  });
});
