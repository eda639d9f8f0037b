import type { Histogram } from './histogram.ts';
import { peakRssMb, resetPeakMemory, totalCpuUs } from './process-sample.ts';

/** For how long load runs before it counts, and while it does. */
export interface WindowTimes {
  readonly warmMs: number;
  readonly measureMs: number;
}

/** The processes to watch while it counts. */
export interface WatchedProcesses {
  /** The servers under load. */
  readonly pids: readonly number[];
  /** Those of the other side, which should be idle. */
  readonly idlePids: readonly number[];
}

/** What one window saw. */
export interface Measurement {
  readonly operations: number;
  readonly seconds: number;
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly cpuUsPerOp: number;
  /** Peak of the largest server process, and the sum of all their peaks. */
  readonly rssMb: number;
  readonly rssSumMb: number;
  readonly errors: number;
  /** In cores. */
  readonly generatorCpu: number;
  readonly idleSideCpu: number;
}

/** What the load counts while the window is open. */
export interface Counts {
  readonly latency: Histogram;
  errors: number;
  counting: boolean;
}

/** Warms up, counts for a while, and says what it took. The load runs before and after. */
export async function measureWindow(
  times: WindowTimes,
  watched: WatchedProcesses,
  counts: Counts,
): Promise<Measurement> {
  await sleep(times.warmMs);
  for (const pid of watched.pids) resetPeakMemory(pid);
  const own = process.cpuUsage();
  const cpuBefore = totalCpuUs(watched.pids);
  const idleBefore = totalCpuUs(watched.idlePids);
  const startMs = performance.now();
  counts.counting = true;
  await sleep(times.measureMs);
  counts.counting = false;
  const seconds = (performance.now() - startMs) / 1000;
  const used = process.cpuUsage(own);
  const cpu = totalCpuUs(watched.pids) - cpuBefore;
  const peaks = watched.pids.map(peakRssMb);
  const { latency } = counts;
  return {
    operations: latency.count,
    seconds,
    opsPerSecond: latency.count / seconds,
    p50Ms: latency.quantile(0.5),
    p99Ms: latency.quantile(0.99),
    maxMs: latency.maxMs,
    cpuUsPerOp: latency.count === 0 ? 0 : cpu / latency.count,
    rssMb: Math.max(0, ...peaks),
    rssSumMb: peaks.reduce((sum, peak) => sum + peak, 0),
    errors: counts.errors,
    generatorCpu: (used.user + used.system) / 1e6 / seconds,
    idleSideCpu: (totalCpuUs(watched.idlePids) - idleBefore) / 1e6 / seconds,
  };
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
