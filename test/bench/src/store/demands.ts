import type { Demand, Figure, Row, Side } from '../report/report.ts';

/** What is demanded of our store beside etcd 3.7.3. */
const leastRatios: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  put: { 10: 1.2, 100: 1.2, 1000: 1.2 },
  get: { 1: 1.1, 10: 1.1, 100: 0.8, 1000: 0.6 },
};
const mostP99Ratio = 1.2;
const mostFailoverMs = 1_500;
const mostMemoryRatio = 2;

/** Judges what was measured; what was left out is not judged. */
export function judge(rows: readonly Row[], figures: readonly Figure[]): Demand[] {
  const pairs = rows.flatMap((row) => {
    const { ours, peer } = row;
    return ours && peer && row.peerWork === undefined ? [{ ...row, ours, peer }] : [];
  });
  return [
    ...pairs.flatMap(({ work, clients, ratio }) => {
      const least = leastRatios[work]?.[clients];
      if (least === undefined || ratio === null) return [];
      const text = `${work} at ${clients}: at least ${least.toFixed(1)} times the throughput`;
      return [{ text, met: ratio >= least, seen: `${ratio.toFixed(2)} times` }];
    }),
    ...pairs.flatMap(({ work, clients, ours, peer }) => {
      if (!(work in leastRatios)) return [];
      const p50 = work === 'put' && clients === 1 ? [latency(`put at 1: p50 no slower`, ours, peer, 'p50Ms', 1)] : [];
      return [...p50, latency(`${work} at ${clients}: p99 no worse than 1.2 times`, ours, peer, 'p99Ms', mostP99Ratio)];
    }),
    ...judgeFailover(figures),
    ...judgeMemory(pairs),
  ];
}

function latency(text: string, ours: Side, peer: Side, which: 'p50Ms' | 'p99Ms', most: number): Demand {
  const met = ours[which] <= peer[which] * most;
  return { text, met, seen: `${ours[which].toFixed(2)} ms beside ${peer[which].toFixed(2)} ms` };
}

function judgeFailover(figures: readonly Figure[]): Demand[] {
  const ours = figures.find(({ name }) => name === 'failover')?.ours;
  if (!ours) return [];
  const seen = `${ours.worst.toFixed(0)} ms at worst of ${ours.values.length}`;
  return [{ text: 'failover under 1.5 s', met: ours.worst < mostFailoverMs, seen }];
}

function judgeMemory(pairs: readonly { readonly ours: Side; readonly peer: Side }[]): Demand[] {
  if (pairs.length === 0) return [];
  const ours = Math.max(...pairs.map((pair) => pair.ours.rssMb));
  const peer = Math.max(...pairs.map((pair) => pair.peer.rssMb));
  const seen = `${ours.toFixed(0)} MB beside ${peer.toFixed(0)} MB`;
  return [{ text: 'memory under load no more than 2 times', met: ours <= peer * mostMemoryRatio, seen }];
}
