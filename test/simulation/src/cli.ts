import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plantedBugs } from './planted/index.ts';
import { calibrate, describeCalibration } from './run/calibrate.ts';
import { runSeeds } from './run/run-seeds.ts';
import { describeSummary, summarize, type Tally } from './run/summary.ts';
import { simulate } from './simulate.ts';

const root = join(import.meta.dirname, '../../..');
const help = `Runs simulated clusters under faults, one per seed, and checks all that they promise.

Usage: npm run simulate -- [options]

  --seeds N      how many seeds (2000)
  --from S       the first (1)
  --seed S       this one only; it runs the same, event by event, each time
  --trace        print what happens (with --seed)
  --members N    members at the start, instead of what each seed chooses
  --minutes M    begin no seed after so long
  --workers N    processes (one per core)
  --calibrate    plant every known bug, one after another, run up to --seeds (2000) seeds
                 until it is found, and write docs/simulation-calibration.md
  --bug NAME     with --calibrate: this one only, and nothing is written
  -o json        print the summary as JSON

Examples:
  npm run simulate -- --seeds 2000
  npm run simulate -- --seed 1234 --trace`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    members: { type: 'string' },
    minutes: { type: 'string' },
    calibrate: { type: 'boolean', default: false },
    bug: { type: 'string' },
    workers: { type: 'string' },
    output: { type: 'string', short: 'o', default: 'text' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

function readNumber(name: 'seeds' | 'from' | 'seed' | 'members' | 'minutes' | 'workers'): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  console.error(`--${name} takes a positive number, not '${text}'. See --help.`);
  process.exit(2);
}

/** Whoever ends this ends the processes it has started. */
const stopping = new AbortController();
const { signal } = stopping;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(name, () => {
    stopping.abort();
    process.exit(128 + constants.signals[name]);
  });

const members = readNumber('members');
const again = (seed: number): string =>
  `npm run simulate -- --seed ${seed}${members === undefined ? '' : ` --members ${members}`} --trace`;

async function runOne(seed: number): Promise<boolean> {
  const report = await simulate(seed, { members, trace: values.trace ? (line) => console.log(line) : undefined });
  const { violation } = report;
  if (values.output === 'json') console.log(JSON.stringify(report));
  else {
    console.log(
      `seed ${seed}: ${report.events} events in ${(report.virtualMs / 1000).toFixed(1)} virtual seconds, digest ${report.digest}`,
    );
    console.log(violation ? `${violation.checker}: ${violation.what}\nagain: ${again(seed)}` : 'no violation');
  }
  return violation === undefined;
}

async function runMany(): Promise<boolean> {
  const startedMs = performance.now();
  const seconds = (): number => (performance.now() - startedMs) / 1000;
  const seeds = readNumber('seeds') ?? 2000;
  const progress = ({ seeds: done, events, virtualMs, failures }: Tally): void => {
    if (values.output === 'json') return;
    const line = `${done}/${seeds} seeds, ${events} events, ${(virtualMs / 3_600_000).toFixed(2)} virtual hours, ${failures.length} failed`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line}`);
    else if (done % 500 < 25) console.error(line);
  };
  const from = readNumber('from') ?? 1;
  const options = {
    from,
    seeds,
    minutes: readNumber('minutes'),
    workers: readNumber('workers'),
    plan: { members },
    signal,
  };
  const summary = summarize(await runSeeds({ ...options, progress }));
  if (process.stderr.isTTY) process.stderr.write('\n');
  if (values.output === 'json') console.log(JSON.stringify({ ...summary, seconds: seconds() }));
  else console.log(describeSummary(summary, seconds(), again));
  return summary.failures.length === 0;
}

async function runCalibration(): Promise<boolean> {
  const seeds = readNumber('seeds') ?? 2000;
  const { bug } = values;
  const bugs = bug === undefined ? plantedBugs : plantedBugs.filter(({ name }) => name === bug);
  const found = await calibrate({
    seeds,
    bugs,
    signal,
    progress: ({ bug: { name }, seeds: needed, checker, what }) => {
      console.log(`${name}: ${needed === undefined ? `NOT FOUND in ${seeds} seeds` : `${needed} seeds, ${checker}`}`);
      if (bug !== undefined) console.log(what);
    },
  });
  if (bug === undefined)
    await writeFile(join(root, 'docs/simulation-calibration.md'), describeCalibration(found, seeds));
  return found.length > 0 && found.every((one) => one.seeds !== undefined);
}

if (values.help) console.log(help);
else if (values.calibrate) process.exit((await runCalibration()) ? 0 : 1);
else {
  const seed = readNumber('seed');
  const passed = seed === undefined ? await runMany() : await runOne(seed);
  process.exit(passed ? 0 : 1);
}
