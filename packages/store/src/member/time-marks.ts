import type { LogCommand } from './alarms.ts';
import type { State } from './state.ts';

/** Without retention one can still go back to what is not compacted yet. */
const shortestKeptMs = 24 * 3_600_000;

/** The leader notes the time beside the revision, as long as that moves: so a time can be turned into a revision later. */
export interface TimeMarks {
  /** Called while this member leads. */
  tick(): void;
}

export function createTimeMarks(
  { time, options, replica }: State,
  submit: (command: LogCommand) => Promise<unknown>,
): TimeMarks {
  let markedMs = Number.NEGATIVE_INFINITY;
  let isUnderWay = false;
  const done = (): void => {
    isUnderWay = false;
  };
  return {
    tick() {
      const { revision, marks } = replica.space;
      if (isUnderWay || revision <= (marks.last?.[0] ?? 1)) return;
      if (time.monotonic() - markedMs < options.timeMarkMs) return;
      isUnderWay = true;
      markedMs = time.monotonic();
      const keepMs = Math.max(options.retentionMs, shortestKeptMs);
      // Where one is lost the time is known less exactly, and the next one comes soon.
      submit({ type: 'mark', unixMs: time.now(), keepMs }).then(done, done);
    },
  };
}
