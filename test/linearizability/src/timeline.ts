import { endOf, type Operation } from './history.ts';

/** An operation and what to say about it. */
export interface TimelineRow {
  readonly operation: Operation<unknown, unknown>;
  readonly mark: string;
  readonly text: string;
}

const axisWidth = 40;

/**
 * One row per operation: a mark, the client, its span on a common axis, and words. An open operation's bar ends in `?`.
 *
 *     ok     c1  |--|                 put a=1 -> @2
 *     stuck  c2       |-----|         get a -> absent
 */
export function drawTimeline(rows: readonly TimelineRow[]): string {
  const calls = rows.map(({ operation }) => operation.calledAt);
  const ends = rows.map(({ operation }) => endOf(operation)).filter(Number.isFinite);
  const first = Math.min(...calls);
  const last = Math.max(...calls, ...ends);
  const column = (at: number): number =>
    last === first ? 0 : Math.round(((Math.min(at, last) - first) / (last - first)) * (axisWidth - 1));
  const markWidth = Math.max(0, ...rows.map(({ mark }) => mark.length));
  const clientWidth = Math.max(0, ...rows.map(({ operation }) => `${operation.client}`.length));
  return rows
    .map(({ operation, mark, text }) => {
      const bar = drawBar(column(operation.calledAt), column(endOf(operation)), operation.returnedAt === 'unknown');
      const span = `[${operation.calledAt}, ${operation.returnedAt === 'unknown' ? '?' : operation.returnedAt}]`;
      const client = `${operation.client}`.padEnd(clientWidth);
      return `${mark.padEnd(markWidth)}  ${client}  ${bar.padEnd(axisWidth)}  ${span} ${text}`;
    })
    .join('\n');
}

function drawBar(from: number, to: number, open: boolean): string {
  const end = open ? '?' : '|';
  if (to <= from) return `${' '.repeat(from)}${end}`;
  return `${' '.repeat(from)}|${'-'.repeat(to - from - 1)}${end}`;
}
