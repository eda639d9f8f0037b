import type { Revision } from '@trireme/ports';

/** When the store was at which revision, as its leaders' clocks said. Replicated, so that every member knows the same. */
export interface Marks {
  readonly size: number;
  readonly last: readonly [Revision, number] | undefined;
  /**
   * Adds a mark, unless it is not after the last one (a new leader's clock may be behind). Marks that are older than
   * `keepMs` go, and older ones stand less close: a mark's distance to the next is at most a thousandth of its age, or as
   * it came.
   */
  add(revision: Revision, unixMs: number, keepMs: number): void;
  all(): readonly (readonly [Revision, number])[];
  /** The newest revision that was there at that time; 0 where no mark is so old. */
  revisionAt(unixMs: number): Revision;
}

const thinEvery = 512;
const ageShare = 1000;

export function createMarks(from: readonly (readonly [Revision, number])[] = []): Marks {
  let marks = [...from];

  const thin = (nowMs: number): void => {
    const kept: (readonly [Revision, number])[] = [];
    for (const [at, mark] of marks.entries()) {
      const before = kept.at(-1);
      const next = marks[at + 1];
      const isNeeded = !before || !next || next[1] - before[1] > (nowMs - mark[1]) / ageShare;
      if (isNeeded) kept.push(mark);
    }
    marks = kept;
  };

  return {
    get size() {
      return marks.length;
    },
    get last() {
      return marks.at(-1);
    },
    add(revision, unixMs, keepMs) {
      const last = marks.at(-1);
      if (last && (revision <= last[0] || unixMs <= last[1])) return;
      marks.push([revision, unixMs]);
      // One that is too old still says where the time began that is not.
      const old = marks.findIndex(([, ms]) => ms > unixMs - keepMs) - 1;
      if (old > 0) marks.splice(0, old);
      if (marks.length % thinEvery === 0) thin(unixMs);
    },
    all: () => marks,
    revisionAt(unixMs) {
      for (let at = marks.length - 1; at >= 0; at--) {
        const [revision, ms] = marks[at] as readonly [Revision, number];
        if (ms <= unixMs) return revision;
      }
      return 0;
    },
  };
}
