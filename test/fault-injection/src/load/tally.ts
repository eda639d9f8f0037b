/** What came back of what was asked, and when. */
export interface Tally {
  readonly acknowledged: number;
  readonly answered: number;
  /** How often each refusal came. */
  readonly errors: ReadonlyMap<string, number>;
  answer(wrote: boolean): void;
  error(code: string): void;
  /** The longest time without an acknowledged write between two moments, and when it began. */
  longestPause(fromMs: number, toMs: number): { readonly ms: number; readonly atMs: number };
}

export function createTally(): Tally {
  const writes: number[] = [];
  const errors = new Map<string, number>();
  let answered = 0;
  return {
    errors,
    get acknowledged() {
      return writes.length;
    },
    get answered() {
      return answered;
    },
    answer(wrote) {
      answered += 1;
      if (wrote) writes.push(performance.now());
    },
    error: (code) => void errors.set(code, (errors.get(code) ?? 0) + 1),
    longestPause(fromMs, toMs) {
      let longest = { ms: 0, atMs: fromMs };
      let last = fromMs;
      for (const at of [...writes.filter((each) => each > fromMs && each < toMs), toMs]) {
        if (at - last > longest.ms) longest = { ms: at - last, atMs: last };
        last = at;
      }
      return longest;
    },
  };
}
