import { readFileSync, writeFileSync } from 'node:fs';

/** What Linux counts for processes: `/proc/PID/stat` in ticks of 10 ms, on every architecture. */
const tickUs = 10_000;

/** User and system time of a process so far. */
export function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in brackets may hold anything, so the fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickUs;
}

export function totalCpuUs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuUs(pid), 0);
}

/** Lets the peak of a process's memory begin anew. Where the kernel cannot, it stays that of its whole life. */
export function resetPeakMemory(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // The kernel was built without it.
  }
}

export function peakRssMb(pid: number): number {
  return kilobytes(pid, 'VmHWM') / 1024;
}

export function rssMb(pid: number): number {
  return kilobytes(pid, 'VmRSS') / 1024;
}

function kilobytes(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  return Number(found?.[1] ?? 0);
}
