/** What a member's key space came to at the place that was asked for; `lacks`: it has applied it, and does not have it. */
export type HashReport = number | 'lacks';

export interface Verdict {
  /** Those that are to take another's state, or, where nobody knows who is right, those that differ from the leader. */
  readonly differing: readonly number[];
  readonly agreeing: readonly number[];
  /** A majority of the voters is equal, so who differs is wrong. */
  readonly isKnown: boolean;
}

/**
 * Who is right: what most voters have, and not what most of those have that answered. Where no such majority is known the
 * others are measured by the leader, since everybody writes through it.
 */
export function judge(reports: ReadonlyMap<number, HashReport>, voters: readonly number[], leader: number): Verdict {
  const counts = new Map<HashReport, number>();
  for (const voter of voters) {
    const report = reports.get(voter);
    if (report !== undefined && report !== 'lacks') counts.set(report, (counts.get(report) ?? 0) + 1);
  }
  const majority = [...counts].find(([, count]) => 2 * count > voters.length);
  const right = majority ? majority[0] : reports.get(leader);
  const all = [...reports.keys()];
  return {
    differing: all.filter((id) => reports.get(id) !== right),
    agreeing: all.filter((id) => reports.get(id) === right),
    isKnown: majority !== undefined,
  };
}
