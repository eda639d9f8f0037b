import { describe, expect, it } from 'vitest';
import { compare, type Row, type Side } from '../report/report.ts';
import { judge } from './demands.ts';

const side = (change: Partial<Side> = {}): Side => ({
  opsPerSecond: 1000,
  p50Ms: 1,
  p99Ms: 2,
  cpuUsPerOp: 10,
  rssMb: 100,
  rssSumMb: 300,
  errors: 0,
  generatorCpu: 0.1,
  idleSideCpu: 0.01,
  rounds: [1000],
  ...change,
});
const row = (work: string, clients: number, ours: Partial<Side>): Row =>
  compare({ work, clients, ours: side(ours), peer: side() });
const verdicts = (rows: readonly Row[]): Record<string, boolean> =>
  Object.fromEntries(judge(rows, []).map(({ text, met }) => [text, met]));

describe('judge', () => {
  it.each([
    ['put', 10, { opsPerSecond: 1199 }, 'put at 10: at least 1.2 times the throughput', false],
    ['put', 10, { opsPerSecond: 1200 }, 'put at 10: at least 1.2 times the throughput', true],
    ['get', 1000, { opsPerSecond: 599 }, 'get at 1000: at least 0.6 times the throughput', false],
    ['get', 1000, { opsPerSecond: 601 }, 'get at 1000: at least 0.6 times the throughput', true],
    ['put', 1, { p50Ms: 1.01 }, 'put at 1: p50 no slower', false],
    ['put', 1, { p99Ms: 2.41 }, 'put at 1: p99 no worse than 1.2 times', false],
    ['put', 1, { p99Ms: 2.4 }, 'put at 1: p99 no worse than 1.2 times', true],
    ['range-100', 1, { rssMb: 201 }, 'memory under load no more than 2 times', false],
    ['range-100', 1, { rssMb: 200 }, 'memory under load no more than 2 times', true],
  ])('judges %s at %i with %o', (work, clients, ours, text, met) => {
    expect(verdicts([row(work, clients, ours)])[text]).toBe(met);
  });

  it('takes the worst failover', () => {
    const failover = (worst: number) =>
      judge([], [{ name: 'failover', unit: 'ms', ours: { median: 1, worst, values: [1, worst] }, peer: null }]);
    expect(failover(1499)[0]?.met).toBe(true);
    expect(failover(1500)[0]?.met).toBe(false);
  });

  it('judges nothing that was not measured on both sides in the same way', () => {
    expect(judge([compare({ work: 'put', clients: 10, ours: side(), peer: null })], [])).toEqual([]);
    const apart = compare({ work: 'put', clients: 10, ours: side(), peer: side(), peerWork: 'put by gRPC' });
    expect(judge([apart], [])).toEqual([]);
  });
});
