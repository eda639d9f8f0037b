import { type Cidr, cidrsOverlap } from '@trireme/base';

/** The first block of this size inside `range` that overlaps nothing that is taken; undefined where there is none left. */
export function firstFree(range: Cidr, prefix: number, taken: readonly Cidr[]): Cidr | undefined {
  const step = 1n << BigInt(range.bits - prefix);
  const end = range.base + (1n << BigInt(range.bits - range.prefix));
  // What is taken is walked once in order, so that thousands of nodes do not make this quadratic.
  const relevant = taken.filter((each) => cidrsOverlap(each, range)).toSorted((a, b) => (a.base < b.base ? -1 : 1));
  let base = range.base;
  for (const each of relevant) {
    if (base + step <= each.base) break;
    const after = each.base + (1n << BigInt(each.bits - each.prefix));
    if (after > base) base = ((after - range.base + step - 1n) / step) * step + range.base;
  }
  return base + step <= end ? { base, prefix, bits: range.bits } : undefined;
}
