import { faultKinds } from '../faults/index.ts';
import type { SimulationReport } from '../simulate.ts';

/** What many seeds came to, together. */
export interface Summary {
  readonly seeds: number;
  readonly events: number;
  readonly messages: number;
  readonly virtualHours: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly seed: number;
  readonly checker: string;
  readonly what: string;
}

/** A part of a summary that can be added to others. */
export interface Tally {
  seeds: number;
  events: number;
  messages: number;
  virtualMs: number;
  counts: Record<string, number>;
  failures: Failure[];
}

export function createTally(): Tally {
  return { seeds: 0, events: 0, messages: 0, virtualMs: 0, counts: {}, failures: [] };
}

export function addReport(tally: Tally, report: SimulationReport): void {
  tally.seeds += 1;
  tally.events += report.events;
  tally.messages += report.messages;
  tally.virtualMs += report.virtualMs;
  addCounts(tally.counts, report.counts);
  if (report.violation) {
    const { checker, what } = report.violation;
    tally.failures.push({ seed: report.seed, checker, what });
  }
}

export function addTally(tally: Tally, other: Tally): void {
  tally.seeds += other.seeds;
  tally.events += other.events;
  tally.messages += other.messages;
  tally.virtualMs += other.virtualMs;
  addCounts(tally.counts, other.counts);
  tally.failures.push(...other.failures);
}

function addCounts(to: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(from)) to[name] = (to[name] ?? 0) + count;
}

export function summarize(tally: Tally): Summary {
  const names = new Set(faultKinds.map(({ name }) => name));
  const entries = Object.entries(tally.counts).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    seeds: tally.seeds,
    events: tally.events,
    messages: tally.messages,
    virtualHours: tally.virtualMs / 3_600_000,
    faults: Object.fromEntries(entries.filter(([name]) => names.has(name))),
    counts: Object.fromEntries(entries.filter(([name]) => !names.has(name))),
    failures: tally.failures.toSorted((a, b) => a.seed - b.seed),
  };
}

/** For a person. */
export function describeSummary(summary: Summary, seconds: number, again: (seed: number) => string): string {
  const { seeds, events, messages, virtualHours, faults, counts, failures } = summary;
  const list = (numbers: Readonly<Record<string, number>>): string =>
    Object.entries(numbers)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const lines = [
    `${seeds} seeds in ${seconds.toFixed(1)} s (${(seeds / seconds).toFixed(1)} per second): ${events} events, ` +
      `${messages} messages, ${virtualHours.toFixed(2)} virtual hours`,
    `faults: ${list(faults)}`,
    `counts: ${list(counts)}`,
    ...failures
      .slice(0, mostShown)
      .map(({ seed, checker, what }) => `\nseed ${seed}: ${checker}: ${shorten(what)}\nagain: ${again(seed)}`),
    failures.length === 0
      ? 'no violation'
      : `${failures.length} seeds failed: ${failures.map(({ seed }) => seed).join(' ')}`,
  ];
  return lines.join('\n');
}

const mostShown = 10;

function shorten(text: string): string {
  return text.length > 4_000 ? `${text.slice(0, 4_000)}...` : text;
}
