import { describe, expect, it } from 'vitest';
import { printReport } from './print.ts';
import { compare, median, type Report, type Side, sideOf } from './report.ts';

const measured = (opsPerSecond: number, rssMb: number) => ({
  operations: 10,
  seconds: 1,
  opsPerSecond,
  p50Ms: 1.234,
  p99Ms: 5,
  maxMs: 9,
  cpuUsPerOp: 50,
  rssMb,
  rssSumMb: rssMb * 3,
  errors: 1,
  generatorCpu: 0.2,
  idleSideCpu: 0.01,
});
const ours = sideOf([measured(24_000, 80), measured(20_000, 90), measured(10_000, 70)]) as Side;
const peer = sideOf([measured(8_000, 40)]) as Side;

describe('sideOf', () => {
  it('takes medians, the largest memory, and all failures', () => {
    expect(ours).toMatchObject({ opsPerSecond: 20_000, rssMb: 90, errors: 3, rounds: [24_000, 20_000, 10_000] });
    expect(sideOf([])).toBeNull();
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});

describe('printReport', () => {
  it('lines the rows up, and says what was met, missed and left out', () => {
    const report: Report = {
      benchmark: 'store',
      date: '',
      contenders: { ours: 'trireme', peer: 'etcd 3.7.3' },
      environment: { cores: 2 },
      method: ['by turns'],
      rows: [compare({ work: 'put', clients: 10, ours, peer }), compare({ work: 'get', clients: 1, ours, peer: null })],
      figures: [{ name: 'failover', unit: 'ms', ours: { median: 900, worst: 1200, values: [900, 1200] }, peer: null }],
      demands: [
        { text: 'fast', met: true, seen: '2.50 times' },
        { text: 'small', met: false, seen: '90 MB' },
      ],
      warnings: ['the machine was busy'],
      failed: [],
    };
    expect(`\n${printReport(report)}\n`).toBe(`
store: trireme beside etcd 3.7.3
cores: 2
  by turns

work  clients        ours: op/s  p50 ms  p99 ms  CPU us/op  RSS MB       peer: op/s  p50 ms  p99 ms  CPU us/op  RSS MB  ratio   load CPU
----  -------  ----------------  ------  ------  ---------  ------  ---------------  ------  ------  ---------  ------  -----  ---------
put        10  20.0k (3 failed)    1.23    5.00       50.0      90  8000 (1 failed)    1.23    5.00       50.0      40  2.50x  0.20/0.20
get         1  20.0k (3 failed)    1.23    5.00       50.0      90                -       -       -          -       -      -     0.20/-

figure    ours: median  worst  peer: median  worst  unit
--------  ------------  -----  ------------  -----  ----
failover           900   1200             -      -    ms

met     fast: 2.50 times
MISSED  small: 90 MB

warning: the machine was busy
`);
  });
});
