/** What one run of a fault came to. */
export interface Report {
  readonly fault: string;
  /** Why it was not run; then nothing was proven. */
  readonly skipped?: string;
  /** Each a fault of the store, or of the test. None: all is well. */
  readonly problems: readonly string[];
  readonly rounds: number;
  readonly operations: number;
  readonly acknowledged: number;
  readonly open: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly longestPauseMs: number;
  /** From the end of the fault until a write through each member was acknowledged: the longest. */
  readonly backMs: number;
  readonly revision: number;
}

export function describeReport(report: Report): string {
  if (report.skipped) return `*** SKIPPED ${report.fault}: ${report.skipped}. ***`;
  const errors = Object.entries(report.errors).map(([code, count]) => `${count} ${code}`);
  return [
    `${report.fault}: ${report.operations} operations, ${report.acknowledged} writes acknowledged, ${report.open} open`,
    `longest pause ${Math.round(report.longestPauseMs)} ms`,
    `writes through every member ${Math.round(report.backMs)} ms after the end`,
    errors.length > 0 ? `refused: ${errors.join(', ')}` : 'nothing refused',
  ].join('; ');
}
