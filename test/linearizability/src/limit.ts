/** How much work may go into one verdict. A clock, where there is one, comes from the caller. */
export type Limit = { readonly steps: number } | { readonly timeMs: number; readonly now: () => number };

export interface Budget {
  readonly steps: number;
  /** Counts one step; false when the limit is reached. */
  spend(): boolean;
}

const stepsPerLook = 256;

export function createBudget(limit: Limit): Budget {
  let steps = 0;
  const deadline = 'timeMs' in limit ? limit.now() + limit.timeMs : 0;
  let over = false;
  return {
    get steps() {
      return steps;
    },
    spend() {
      steps += 1;
      if ('steps' in limit) return steps <= limit.steps;
      if (steps % stepsPerLook === 0) over = limit.now() >= deadline;
      return !over;
    },
  };
}
