import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { median } from './report.ts';

/** What a reader has to know of the machine to read figures of it. */
export function describeEnvironment(folder: string): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? arch(),
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    commit: commitOf(),
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
    fdatasyncUs: fdatasyncUs(folder),
  };
}

function commitOf(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const changed = git('status', '--porcelain', '--untracked-files=no').trim() !== '';
    return git('rev-parse', '--short', 'HEAD').trim() + (changed ? ' and changes' : '');
  } catch {
    return 'unknown';
  }
}

/** The median of appending 4 KiB and syncing it, where the members keep their data: both sides wait for this. */
function fdatasyncUs(folder: string): number {
  const file = join(folder, 'fdatasync');
  const descriptor = openSync(file, 'w');
  const block = Buffer.alloc(4096, 1);
  const times: number[] = [];
  for (let round = 0; round < 50; round++) {
    const startMs = performance.now();
    writeSync(descriptor, block);
    fdatasyncSync(descriptor);
    times.push((performance.now() - startMs) * 1000);
  }
  closeSync(descriptor);
  rmSync(file);
  return Math.round(median(times));
}

/** How many cores the rest of the machine is using now, from the kernel's idle time. */
export async function busyCores(wait: (ms: number) => Promise<void>): Promise<number> {
  const read = (): { busy: number; startMs: number } => {
    const fields = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? '').split(' ').map(Number);
    const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
    return { busy: fields.slice(0, 8).reduce((sum, each) => sum + each, 0) - idle, startMs: performance.now() };
  };
  const before = read();
  await wait(500);
  const after = read();
  return ((after.busy - before.busy) * 10) / (after.startMs - before.startMs);
}
