import { readdir, readFile } from 'node:fs/promises';

/** A process as /proc shows it. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parentPid: number;
  readonly argv: readonly string[];
}

/** All processes with a command line; those that end while we look are left out. */
export async function listProcesses(): Promise<readonly ProcessInfo[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map(readProcess));
  return found.filter((info) => info !== undefined);
}

async function readProcess(pid: string): Promise<ProcessInfo | undefined> {
  try {
    const [cmdline, stat] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The name in brackets may hold anything, so fields are counted from its end.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (cmdline === '' || state === 'Z') return undefined;
    return { pid: Number(pid), parentPid: Number(parent), argv: cmdline.replace(/\0$/, '').split('\0') };
  } catch {
    return undefined;
  }
}

/** A process and everything below it. */
export function withDescendants(all: readonly ProcessInfo[], roots: readonly number[]): readonly number[] {
  const children = Map.groupBy(all, ({ parentPid }) => parentPid);
  const found = new Set<number>();
  const visit = (pid: number): void => {
    if (found.has(pid)) return;
    found.add(pid);
    for (const child of children.get(pid) ?? []) visit(child.pid);
  };
  roots.forEach(visit);
  return [...found];
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

/** Waits until none of them is alive; false when some are after the limit. */
export async function waitForEnd(pids: readonly number[], limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const zombies = await Promise.all(pids.filter(isAlive).map((pid) => readProcess(String(pid))));
    if (zombies.every((info) => info === undefined)) return true;
    if (performance.now() > deadline) return false;
    await pause(20);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
