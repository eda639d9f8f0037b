import type { Measurement } from '../load/window.ts';

/** What one side did in one row: the medians of all rounds. */
export interface Side {
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** User and system time of all server processes. */
  readonly cpuUsPerOp: number;
  /** Peak of the largest server process. */
  readonly rssMb: number;
  /** Sum of the peaks of all server processes. */
  readonly rssSumMb: number;
  readonly errors: number;
  /** In cores, of the process that made the load. */
  readonly generatorCpu: number;
  /** In cores, of the other side's processes, which should be idle. */
  readonly idleSideCpu: number;
  /** Throughput of each round, in order. */
  readonly rounds: readonly number[];
}

export interface Row {
  readonly work: string;
  readonly clients: number;
  readonly ours: Side | null;
  readonly peer: Side | null;
  /** Throughput of ours to the peer's. */
  readonly ratio: number | null;
  /** Where the peer's numbers are those of another work, since it has no such thing. */
  readonly peerWork?: string | undefined;
}

/** A measure that is no load: a time, or an amount. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: Spread | null;
  readonly peer: Spread | null;
}

export interface Spread {
  readonly median: number;
  readonly worst: number;
  readonly values: readonly number[];
}

/** What an issue or a document demands, judged. */
export interface Demand {
  readonly text: string;
  readonly met: boolean;
  readonly seen: string;
}

export interface Report {
  readonly benchmark: string;
  readonly date: string;
  readonly contenders: { readonly ours: string; readonly peer: string };
  readonly environment: Readonly<Record<string, string | number>>;
  /** How it was measured, in sentences. */
  readonly method: readonly string[];
  readonly rows: readonly Row[];
  readonly figures: readonly Figure[];
  readonly demands: readonly Demand[];
  /** Parts of the benchmark that failed, and of which there may be no row. */
  readonly failed: readonly string[];
  /** What happened that a reader has to know. */
  readonly warnings: readonly string[];
}

/** Whether all that was to be measured was. */
export function isWhole({ rows, figures, failed }: Pick<Report, 'rows' | 'figures' | 'failed'>): boolean {
  const measured = [
    ...rows.map(({ ours, peer, peerWork }) => ours && (peer || peerWork)),
    ...figures.map(({ ours, peer }) => ours && peer),
  ];
  return failed.length === 0 && measured.every(Boolean);
}

export function sideOf(rounds: readonly Measurement[]): Side | null {
  if (rounds.length === 0) return null;
  const middle = (pick: (each: Measurement) => number): number => median(rounds.map(pick));
  return {
    opsPerSecond: middle((each) => each.opsPerSecond),
    p50Ms: middle((each) => each.p50Ms),
    p99Ms: middle((each) => each.p99Ms),
    cpuUsPerOp: middle((each) => each.cpuUsPerOp),
    rssMb: Math.max(...rounds.map((each) => each.rssMb)),
    rssSumMb: Math.max(...rounds.map((each) => each.rssSumMb)),
    errors: rounds.reduce((sum, each) => sum + each.errors, 0),
    generatorCpu: middle((each) => each.generatorCpu),
    idleSideCpu: Math.max(...rounds.map((each) => each.idleSideCpu)),
    rounds: rounds.map((each) => each.opsPerSecond),
  };
}

export function rowOf(work: string, clients: number, ours: readonly Measurement[], peer: readonly Measurement[]): Row {
  return compare({ work, clients, ours: sideOf(ours), peer: sideOf(peer) });
}

export function compare(row: Omit<Row, 'ratio'>): Row {
  const { ours, peer } = row;
  return { ...row, ratio: ours && peer && peer.opsPerSecond > 0 ? ours.opsPerSecond / peer.opsPerSecond : null };
}

export function spreadOf(values: readonly number[]): Spread | null {
  return values.length === 0 ? null : { median: median(values), worst: Math.max(...values), values };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}
