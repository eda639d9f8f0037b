/** Sub-divisions of each power of two: values are told within 1 in 64. */
const stepsPerOctave = 64;
const octaveShift = 6;
const buckets = stepsPerOctave * 27;
/** One unit is 100 ns, so the largest value is 214 s. */
const unitsPerMs = 10_000;
const largestUnits = 2 ** 31 - 1;

/** Durations in bounded memory, whatever their number. */
export class Histogram {
  readonly #counts = new Uint32Array(buckets);
  count = 0;
  maxMs = 0;

  record(durationMs: number): void {
    const units = Math.min(largestUnits, Math.max(0, Math.round(durationMs * unitsPerMs)));
    const index = bucketOf(units);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.count += 1;
    if (durationMs > this.maxMs) this.maxMs = durationMs;
  }

  /** The duration that the share `fraction` of all does not exceed; 0 where nothing was recorded. */
  quantile(fraction: number): number {
    let left = Math.ceil(this.count * fraction);
    for (let index = 0; index < buckets; index++) {
      left -= this.#counts[index] as number;
      if (left <= 0 && this.count > 0) return Math.min(this.maxMs, middleOf(index) / unitsPerMs);
    }
    return 0;
  }
}

function bucketOf(units: number): number {
  if (units < stepsPerOctave) return units;
  const shift = 31 - Math.clz32(units) - octaveShift;
  return (shift + 1) * stepsPerOctave + (units >> shift) - stepsPerOctave;
}

function middleOf(bucket: number): number {
  if (bucket < stepsPerOctave) return bucket;
  const shift = Math.floor(bucket / stepsPerOctave) - 1;
  const low = ((bucket % stepsPerOctave) + stepsPerOctave) * 2 ** shift;
  return low + 2 ** shift / 2;
}
