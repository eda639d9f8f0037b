import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';

describe('Histogram', () => {
  it('tells every quantile within 2 percent of a sorted list', () => {
    const durations = fc.array(fc.double({ min: 0.0002, max: 150_000, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(durations, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1), (values, fraction) => {
        const histogram = new Histogram();
        for (const value of values) histogram.record(value);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(values.length * fraction) - 1)] ?? 0;
        expect(Math.abs(histogram.quantile(fraction) - exact)).toBeLessThanOrEqual(exact * 0.02 + 0.0001);
      }),
    );
  });

  it('is 0 while empty, and takes what is too long or negative', () => {
    const histogram = new Histogram();
    expect(histogram.quantile(0.5)).toBe(0);
    histogram.record(-1);
    histogram.record(1e9);
    expect([histogram.count, histogram.maxMs]).toEqual([2, 1e9]);
  });
});
